/** The consent texts as the server words them, and the lenders they are about. */
import { ask } from "../shared/api";
import { current } from "../shared/language";
import type { ConsentText, ConsentTexts, Lender } from "../shared/types";

export async function consentTexts(): Promise<{ version: string; all: ConsentText[] }> {
  const answer = await ask<ConsentTexts>(`/v1/consent-texts?lang=${current()}`);
  return { version: answer.version, all: answer.items };
}

export async function lenders(): Promise<Lender[]> {
  return (await ask<{ items: Lender[] }>("/v1/lenders")).items;
}

const named = (text: string, recipient: string): string => text.replaceAll("{recipient}", recipient);

export const titleOf = (text: ConsentText, recipient = ""): string => named(text.title, recipient);

export const wordsOf = (text: ConsentText, recipient = ""): string =>
  named(text.text, recipient);
