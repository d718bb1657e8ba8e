import { SessionStoreError } from "@agent-sessions/core";
import { openChat } from "./chat.js";
import { echoModel } from "./model.js";

/** This program has one user, and so one chat to go on with. */
const CHAT_ID = "main";

const USAGE = `node dist/main.js STORE_URL "TEXT"             say something, and see the answer
node dist/main.js STORE_URL --search "WORDS"   find it again
node dist/main.js STORE_URL                    list the chats

STORE_URL: sqlite:./chat.db, json:./chats, yaml:./chats`;

async function main([storeUrl, command, words]: readonly string[]): Promise<void> {
  if (storeUrl === undefined || storeUrl === "--help") {
    console.log(USAGE);
    return;
  }
  const chat = await openChat(storeUrl, echoModel);
  try {
    if (command === undefined) {
      for (const { id, title, messageCount, updatedAt } of await chat.recent()) {
        console.log(`${updatedAt}  ${id}  ${messageCount} messages  ${title}`);
      }
    } else if (command === "--search") {
      for (const hit of await chat.search(words ?? ""))
        console.log(`${hit.id} #${hit.seq ?? "title"}: ${hit.snippet}`);
    } else {
      const messages = await chat.resume(CHAT_ID);
      if (messages.length > 0) console.log(`(going on after ${messages.length} messages)`);
      await chat.say(CHAT_ID, command, (piece) => process.stdout.write(piece));
      console.log();
    }
  } finally {
    await chat.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // Every failure of the store has a stable code, and a message that says what to do.
  if (!SessionStoreError.is(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
