import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** A SQLite file that one process holds, with its prepared statements. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** `file` is a path or ':memory:'. Throws when another process has the file open. */
  constructor(file: string, schema: string) {
    this.#db = open(file, schema);
  }

  close(): void {
    this.#db.close();
  }

  /** All of `work` happens or none of it. It must not wait for anything: one transaction runs at a time. */
  transaction<T>(work: () => T): T {
    this.run('BEGIN');
    try {
      const result = work();
      this.run('COMMIT');
      return result;
    } catch (error) {
      this.run('ROLLBACK');
      throw error;
    }
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#statement(sql).run(...values);
  }

  /** `Row` is what the statement's columns make; nothing checks it. */
  one<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function open(file: string, schema: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file);
    // A commit in the write-ahead log is in the kernel's hands: it survives kill -9 without an fsync each.
    // The log is put into the file every 4,000 pages, which is when fsync is called.
    // Reading the first 256 MB by mmap spares a system call for each page that is not in SQLite's own small cache.
    // The exclusive lock is held from the first read on, and the kernel lets it go with the process.
    db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA mmap_size = 268435456`);
    db.exec(schema);
    return db;
  } catch (error) {
    db?.close();
    const reason = error instanceof Error ? error.message : String(error);
    const isTaken = reason.includes('database is locked');
    const text = isTaken ? 'is in use by another emulator' : `cannot be opened: ${reason}`;
    throw new Error(`The data file ${file} ${text}`, { cause: error });
  }
}
