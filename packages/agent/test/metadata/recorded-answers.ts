import type { MetadataRecorder } from "../../src/application/ports/metadata-recorder.ts";

/** What was recorded, as `route outcome status`. */
export class RecordedAnswers implements MetadataRecorder {
  readonly answers: string[] = [];
  readonly seconds: number[] = [];
  connectionsRefused = 0;

  answered(...[route, outcome, status, seconds]: Parameters<MetadataRecorder["answered"]>): void {
    this.answers.push(`${route} ${outcome} ${status}`);
    this.seconds.push(seconds);
  }

  connectionRefused(): void {
    this.connectionsRefused += 1;
  }
}
