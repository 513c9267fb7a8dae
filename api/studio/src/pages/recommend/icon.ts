export { IconSparkles as default } from "@tabler/icons-react";
