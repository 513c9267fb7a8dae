export { IconHeartRateMonitor as default } from "@tabler/icons-react";
