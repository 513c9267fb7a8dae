export { IconAffiliate as default } from "@tabler/icons-react";
