export { IconPackage as default } from "@tabler/icons-react";
