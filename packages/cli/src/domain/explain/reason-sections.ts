/** What docs/troubleshooting.md says of one reason. */
export interface ReasonSection {
  readonly reason: string;
  /** The first sentence, which says what the reason means. */
  readonly meaning: string;
  /** All of it, for a terminal: cause, fix and where else it is seen. */
  readonly text: string;
  /** The Events that name it. */
  readonly events: readonly string[];
}

/** The page's sections of the third level, of which each reason has one, in the page's order. */
export function reasonSections(page: string): readonly ReasonSection[] {
  return [...page.matchAll(/^### (.+)\n+((?:(?!#{1,3} ).*\n?)*)/gm)].map(([, reason = "", body = ""]) => {
    const text = forTerminal(body.trim());
    const [firstParagraph = ""] = text.split("\n\n");
    return {
      reason,
      text,
      meaning: /^.*?\.(?=\s|$)/.exec(firstParagraph.replaceAll("\n", " "))?.[0] ?? firstParagraph,
      events: [...text.matchAll(/\bEvent `(\w+)`/g)].flatMap(([, event]) => event ?? []),
    };
  });
}

/** Links say where they lead: the pages are in docs/ of the sources. */
const forTerminal = (markdown: string): string =>
  markdown.replace(/\[([^\]]+)\]\(([^)]*)\)/g, (_link, text: string, target: string) => {
    const file = target.startsWith("#") ? `troubleshooting.md${target}` : target;
    return `${text} (${/^[a-z]+:/.test(file) ? file : `docs/${file}`})`;
  });
