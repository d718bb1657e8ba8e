import path from "node:path";
import { emptyCheckpoint, uuid6 } from "@langchain/langgraph-checkpoint";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import { countIn } from "./session-text.mjs";

/** A thread a session and a checkpoint a message, each of which holds the whole conversation, as the graph's runtime writes them. */
export async function open(folder) {
  const saver = SqliteSaver.fromConnString(path.join(folder, "checkpoints.sqlite"));
  const configOf = (id) => ({ configurable: { thread_id: id, checkpoint_ns: "" } });
  let clock = 0;
  const put = async (config, messages, title) => {
    const checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(clock++),
      ts: new Date().toISOString(),
      channel_values: { messages, title },
      channel_versions: { messages: messages.length },
    };
    await saver.put(config, checkpoint, { source: "loop", step: messages.length, parents: {} });
  };
  const messagesOf = async (id) => (await saver.getTuple(configOf(id))).checkpoint.channel_values.messages;
  return {
    create: (id, title, message) => put(configOf(id), [message], title),
    append: async (id, message) => {
      const { config, checkpoint } = await saver.getTuple(configOf(id));
      const { messages, title } = checkpoint.channel_values;
      await put(config, [...messages, message], title);
    },
    readLast: async (id, count) => (await messagesOf(id)).slice(-count),
    listNewest: async (count) => {
      const listed = [];
      for await (const { config } of saver.list({ configurable: {} }, { limit: count })) {
        listed.push({ id: config.configurable.thread_id });
      }
      return listed;
    },
    countHits: async (word) => {
      let hits = 0;
      for await (const { checkpoint } of saver.list({ configurable: {} })) {
        hits += countIn(checkpoint.channel_values.messages, word);
      }
      return hits;
    },
    delete: (id) => saver.deleteThread(id),
    close: async () => saver.db.close(),
  };
}
