/** The synthetic identity in use, in memory only: it is gone with the page. */
import * as api from "./api.ts";

interface Person {
  phone: string;
  name: string;
  resident_id: string;
}

let person: Person | undefined;

export const demo = {
  async make(): Promise<Person> {
    person = await api.demoPerson();
    return person;
  },
  person: () => person,
  /** Another phone means another person. */
  remember(phone: string): void {
    if (person && !person.phone.endsWith(phone.slice(-11))) person = undefined;
  },
};
