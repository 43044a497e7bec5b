/** One thing that a migration would change, or that a person has to look at. */
export interface Finding {
  /** Whether a pod gets less, or another thing, than before; a note asks for a look. */
  readonly kind: "change" | "note";
  /** `namespace shop`, `pod shop/web`, `DaemonSet kube-system/kiam-agent`. */
  readonly where: string;
  readonly says: string;
  /** What to do about it, where there is something. */
  readonly fix?: string;
}
