import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { Dashboard, Panel } from "./panel.ts";

/** The reader chooses the data source: its name is another in each Grafana. */
const PROMETHEUS = { type: "prometheus", uid: "$datasource" };

const COLUMNS = 24;

/** A dashboard as Grafana imports it. */
export function toGrafana({ uid, title, description, isOfOneNode, rows }: Dashboard): object {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["rolecall"])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-3h", to: "now" })
    .refresh("1m")
    .timezone("browser")
    .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"));
  if (isOfOneNode) {
    builder.withVariable(
      new QueryVariableBuilder("node")
        .label("Node")
        .datasource(PROMETHEUS)
        .query("label_values(rolecall_agent_build_info, instance)")
        .refresh(VariableRefresh.OnTimeRangeChanged),
    );
  }
  let id = 0;
  for (const row of rows) {
    id += 1;
    builder.withRow(new RowBuilder(row.title).id(id));
    const span = Math.floor(COLUMNS / Math.min(row.panels.length, row.panels[0]?.kind === "number" ? 6 : 3));
    for (const panel of row.panels) {
      id += 1;
      builder.withPanel(toPanel(panel, span).id(id));
    }
  }
  return builder.build();
}

function toPanel(panel: Panel, span: number): StatBuilder | TimeseriesBuilder {
  const builder =
    panel.kind === "number"
      ? new StatBuilder().height(4).thresholds(thresholdsOf(panel))
      : new TimeseriesBuilder().height(8).fillOpacity(10);
  return builder
    .title(panel.title)
    .description(panel.description)
    .unit(panel.unit)
    .datasource(PROMETHEUS)
    .span(span)
    .targets(panel.queries.map(({ expr, legend }) => new DataqueryBuilder().expr(expr).legendFormat(legend)));
}

function thresholdsOf({ badFrom, badBelow }: Panel): ThresholdsConfigBuilder {
  const steps: Threshold[] =
    badBelow === undefined
      ? [{ value: null, color: "green" }, ...(badFrom === undefined ? [] : [{ value: badFrom, color: "red" }])]
      : [
          { value: null, color: "red" },
          { value: badBelow, color: "green" },
        ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
