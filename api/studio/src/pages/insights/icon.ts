export { IconChartHistogram as default } from "@tabler/icons-react";
