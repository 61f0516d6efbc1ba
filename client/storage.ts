/** Where a session is kept: localStorage and AsyncStorage are such as they are. */
export interface SessionStorage {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** Lasts as long as the page or the process. */
export const memoryStorage = (): SessionStorage => {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key),
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
};

/** All that is kept. Tokens and AWS credentials never are: the refresh token gets new ones. */
export interface Session {
  identityId: string;
  /** A guest has none. */
  refreshToken?: string;
}

/** Whether both are the same identity as the same: a guest who signed in has the role of another. */
export const isSame = (one: Session | undefined, other: Session | undefined): boolean =>
  one?.identityId === other?.identityId && !one?.refreshToken === !other?.refreshToken;

/** Expo's SecureStore takes letters, digits, `.`, `-` and `_`. */
export const storageKey = (...parts: string[]): string => parts.join('.').replace(/[^\w.-]/g, '_');

/** The present session of one pool, under a key of its identity; the key `name` holds whose it is. */
export const sessionStore = (storage: SessionStorage, name: string) => {
  const keyOf = (identityId: string) => storageKey(name, identityId);
  /** What could not be written. It goes on without, until the next one can be, or another tab writes. */
  let unsaved: Session | undefined;
  /** What was stored when last seen. */
  let stored: string | null | undefined;

  const look = async () => {
    const identityId = await storage.getItem(name);
    return identityId && storage.getItem(keyOf(identityId));
  };

  const read = async (): Promise<Session | undefined> => {
    const item = await look().catch((error) => {
      if (unsaved) return stored;
      throw error;
    });
    // Another tab's is newer: somebody else, nobody, or the same session refreshed.
    if (item !== stored) unsaved = undefined;
    stored = item;
    return unsaved ?? (item ? parse(item) : undefined);
  };

  return {
    read,

    /** In an order that a crash may interrupt: at no point is one identity's session read as another's. */
    async write(session: Session, former: Session | undefined): Promise<void> {
      unsaved = session;
      try {
        await storage.setItem(keyOf(session.identityId), JSON.stringify(session));
        await storage.setItem(name, session.identityId);
        if (former && former.identityId !== session.identityId)
          await storage.removeItem(keyOf(former.identityId));
        unsaved = undefined;
      } catch {
        // A full disk, a locked keychain: no reason to lose a token that was rotated, and is the only good one.
        stored = await look().catch(() => stored);
      }
    },

    /** @throws what the storage throws: who signs out has to know that the session is still there */
    async clear({ identityId }: Session): Promise<void> {
      const isPresent = (await read())?.identityId === identityId;
      unsaved = undefined;
      if (isPresent) await storage.removeItem(name);
      await storage.removeItem(keyOf(identityId));
    },
  };
};

/** Whatever somebody else wrote there is no session. */
const parse = (item: string): Session | undefined => {
  try {
    return JSON.parse(item);
  } catch {
    return undefined;
  }
};
