export { IconTableImport as default } from "@tabler/icons-react";
