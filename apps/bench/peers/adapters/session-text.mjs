/**
 * @typedef {object} Session What peers that keep a session in one piece keep.
 * @property {string} id
 * @property {string} title
 * @property {string} updatedAt
 * @property {{ content: string }[]} messages
 */

/**
 * @param {string} id
 * @param {string} title
 * @param {object} message
 */
export function newSession(id, title, message) {
  return { id, title, updatedAt: new Date().toISOString(), messages: [message] };
}

/**
 * @param {Session} session
 * @param {object} message
 */
export function addMessage(session, message) {
  session.messages.push(message);
  session.updatedAt = new Date().toISOString();
}

/**
 * @param {readonly Session[]} sessions
 * @param {number} count
 */
export function newestOf(sessions, count) {
  return sessions
    .map(({ id, title, updatedAt }) => ({ id, title, updatedAt }))
    .sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1))
    .slice(0, count);
}

/**
 * @param {readonly { content: string }[]} messages
 * @param {string} word
 */
export function countIn(messages, word) {
  return messages.filter(({ content }) => content.toLowerCase().includes(word)).length;
}
