import { Box, Button, Skeleton, Table, useComputedColorScheme } from "@mantine/core";
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./Chart.module.css";

interface Props {
  /** What it shows, for those who do not see it. */
  label: string;
  option: EChartsCoreOption;
  /** The same figures: a heading a column, then rows. */
  table: { head: string[]; rows: (string | number)[][] };
  height?: "small" | "medium" | "tall";
  onPick?: (dataIndex: number, seriesIndex: number) => void;
}

/** A chart by ECharts, which is loaded with the first one, and its figures as a table on demand. */
export function Chart({ label, option, table, height = "medium", onPick }: Props) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  return (
    <Box>
      {asTable ? (
        <Table.ScrollContainer minWidth={240} maxHeight={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table data={{ caption: label, head: table.head, body: table.rows }} striped />
        </Table.ScrollContainer>
      ) : (
        <Drawn label={label} option={option} height={height} onPick={onPick} />
      )}
      <Button size="compact-xs" variant="subtle" onClick={() => setAsTable(!asTable)}>
        {t(asTable ? "asChart" : "asTable")}
      </Button>
    </Box>
  );
}

function Drawn({ label, option, height, onPick }: Omit<Props, "table">) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  const [loaded, setLoaded] = useState(false);
  const scheme = useComputedColorScheme("light");

  useEffect(() => {
    let ended = false;
    let watch: ResizeObserver | undefined;
    void import("./echarts").then(({ init }) => {
      if (ended || !place.current) return;
      chart.current = init(place.current, scheme === "dark" ? "dark" : undefined);
      watch = new ResizeObserver(() => chart.current?.resize());
      watch.observe(place.current);
      setLoaded(true);
    });
    return () => {
      ended = true;
      watch?.disconnect();
      chart.current?.dispose();
      setLoaded(false);
    };
  }, [scheme]);

  useEffect(() => {
    if (!loaded) return;
    // Tooltips as drawn text: as HTML they would carry style attributes, which the policy refuses.
    chart.current?.setOption(
      { backgroundColor: "transparent", tooltip: { renderMode: "richText" }, ...option },
      { notMerge: true },
    );
    chart.current?.off("click");
    if (onPick) chart.current?.on("click", (at) => onPick(at.dataIndex, at.seriesIndex ?? 0));
  }, [loaded, option, onPick]);

  return (
    <div className={classes[height ?? "medium"]} role="img" aria-label={label}>
      {!loaded && <Skeleton height="100%" />}
      <div ref={place} className={classes.place} aria-hidden />
    </div>
  );
}
