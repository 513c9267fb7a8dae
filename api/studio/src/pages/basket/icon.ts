export { IconShoppingCart as default } from "@tabler/icons-react";
