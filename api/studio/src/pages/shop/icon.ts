export { IconShoppingBag as default } from "@tabler/icons-react";
