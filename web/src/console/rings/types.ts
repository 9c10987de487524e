/** Rings as the server tells them. */
export interface Tie {
  tie: string;
  kind: string;
  parties: string[];
  stands_on: string | null;
  until: string | null;
}

export interface Member {
  party: string;
  applications: string[];
  last_at: string;
}

export interface Ring {
  ring: string;
  applications: number;
  first_at: string;
  last_at: string;
  members: Member[];
  ties: Tie[];
}
