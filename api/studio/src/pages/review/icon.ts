export { IconChecklist as default } from "@tabler/icons-react";
