export { IconBrain as default } from "@tabler/icons-react";
