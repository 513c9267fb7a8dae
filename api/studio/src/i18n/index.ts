// Texts in English and Chinese. The shell's come at the start, a page's with the page.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";
import type { Locale } from "../data/schema";
import zh from "./zh.json";

export type Language = "en" | "zh";
export const LANGUAGES: Record<Language, string> = { en: "English", zh: "中文" };

type Texts = { [name: string]: string | Texts };

export function startTexts(): void {
  const kept = localStorage.getItem("language");
  const language = kept ?? (navigator.language.startsWith("zh") ? "zh" : "en");
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: "en",
    defaultNS: "shell",
    resources: { en: { shell: en }, zh: { shell: zh } },
    interpolation: { escapeValue: false }, // React escapes
  });
  document.documentElement.lang = language;
}

/** Adds a page's texts; call it where the page's module is loaded. */
export function addTexts(namespace: string, texts: { en: Texts; zh: Texts }): void {
  for (const language of ["en", "zh"] as const)
    i18next.addResourceBundle(language, namespace, texts[language]);
}

export function switchLanguage(language: Language): void {
  localStorage.setItem("language", language);
  document.documentElement.lang = language;
  void i18next.changeLanguage(language);
}

/** The language shown, as the API's `locale` argument has it. */
export function currentLanguage(): Language {
  return i18next.language === "zh" ? "zh" : "en";
}

/** The same as an argument of the API's fields. */
export function locale(): Locale {
  return currentLanguage() === "zh" ? "ZH" : "EN";
}

/** A number as the reader's language writes it. */
export function formatNumber(value: number, digits = 0): string {
  return new Intl.NumberFormat(currentLanguage(), { maximumFractionDigits: digits }).format(value);
}

/** A day as the reader's language writes it. */
export function formatDate(time: string): string {
  return new Intl.DateTimeFormat(currentLanguage(), { dateStyle: "medium" }).format(new Date(time));
}
