/** Imports a module of the user's, for code that was compiled earlier: V8 forgets for that how to import. */
module.exports = (url: string): Promise<unknown> => import(url);
