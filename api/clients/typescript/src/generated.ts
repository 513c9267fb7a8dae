import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** Date (isoformat) */
  Date: { input: string; output: string; }
  /** Date with time (isoformat) */
  DateTime: { input: string; output: string; }
  /** Decimal (fixed-point) */
  Decimal: { input: string; output: string; }
  /** The `JSON` scalar type represents JSON values as specified by [ECMA-404](https://ecma-international.org/wp-content/uploads/ECMA-404_2nd_edition_december_2017.pdf). */
  JSON: { input: unknown; output: unknown; }
};

/** How far an answer is. */
export type AnswerStage =
  /** The turn is answered and kept. */
  | 'COMPLETE'
  /** Plans are run; others may follow where they find nothing. */
  | 'PLANNED'
  /** A sentence is ready. */
  | 'STATED'
  /** The turn was read. */
  | 'UNDERSTOOD';

/** What became of a question. */
export type AnswerStatus =
  | 'ANSWERED'
  | 'HANDED_OVER'
  | 'SIGN_IN'
  | 'UNCLEAR'
  | 'UNKNOWN';

/** Values of one attribute: any of `values`, or a number from `min` to `max`. */
export type AttributeFilter = {
  /** Name of the attribute, such as colour, or its key; other names of the same attribute, such as color or 颜色, are understood. */
  readonly attribute: Scalars['String']['input'];
  /** Highest number. */
  readonly max?: InputMaybe<Scalars['Float']['input']>;
  /** Least number. */
  readonly min?: InputMaybe<Scalars['Float']['input']>;
  /** Unit of `min` and `max`, such as GB or inch; converted. Null: numbers are taken as they are stored, see `AttributeValue.unit`. */
  readonly unit?: InputMaybe<Scalars['String']['input']>;
  /** Names of values, such as red or 64 GB, or their keys or ids; any of them. At most 50. */
  readonly values?: ReadonlyArray<Scalars['ID']['input']>;
};

/** A value of an attribute. */
export type AttributeInput = {
  /** Name of the attribute, such as colour. */
  readonly name: Scalars['String']['input'];
  /** Unit of a number. */
  readonly unit?: InputMaybe<Scalars['String']['input']>;
  /** Its value; read as a feed's would be. */
  readonly value: Scalars['String']['input'];
};

/** Whether a product can be bought, read from the catalogue's words of any language. */
export type Availability =
  | 'BACKORDER'
  | 'DISCONTINUED'
  | 'IN_STOCK'
  | 'IN_STORE_ONLY'
  | 'LIMITED'
  | 'MADE_TO_ORDER'
  | 'OUT_OF_STOCK'
  | 'PREORDER'
  | 'UNKNOWN';

/** How the rows of a panel are drawn. */
export type ChartKind =
  | 'BAR'
  | 'LINE'
  | 'TABLE';

/** Which items to hold. */
export type ClaimReviewItemsInput = {
  /** Only this attribute. */
  readonly attribute?: InputMaybe<Scalars['String']['input']>;
  /** Only this category. */
  readonly category?: InputMaybe<Scalars['String']['input']>;
  /** How many at most, 1 to 100. */
  readonly first?: Scalars['Int']['input'];
  /** Only this kind. */
  readonly kind?: InputMaybe<Scalars['String']['input']>;
  /** Name of the reviewer, where callers have no credentials; else the caller's own is taken. */
  readonly reviewer?: InputMaybe<Scalars['String']['input']>;
};

/** What a generated text is for. */
export type ContentKind =
  | 'ADVERTISEMENT'
  | 'BULLETS'
  | 'DESCRIPTION'
  | 'EMAIL'
  | 'TITLE';

/** A rejected row with corrected columns. */
export type CorrectedRowInput = {
  /** Values by column; columns that are not named stay as they are. */
  readonly fields: Scalars['JSON']['input'];
  /** Its line, as `rejectedRows` names it. */
  readonly line: Scalars['Int']['input'];
};

/** How a count relates to the true number. */
export type CountRelation =
  /** It is the number. */
  | 'EQ'
  /** The number is this or higher. */
  | 'GTE';

/** Whom a key is for, and what it may do. */
export type CreateApiKeyInput = {
  /** Of whoever gets the key, as logs show it: letters, digits, '_', '.', '-'. */
  readonly name: Scalars['String']['input'];
  /** What it may do; nothing that the caller may not. */
  readonly scopes: ReadonlyArray<Scalars['String']['input']>;
  /** Key of the shopper, if it is one shopper's. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** What data of shoppers are used for. */
export type DataPurpose =
  | 'PERSONALISATION'
  | 'TRAINING';

/** Decisions to record, all or none. */
export type DecideReviewItemsInput = {
  /** At most 200. */
  readonly decisions: ReadonlyArray<ReviewDecisionInput>;
  /** Name of the reviewer, where callers have no credentials; else the caller's own is taken. */
  readonly reviewer?: InputMaybe<Scalars['String']['input']>;
};

/** What a document is for. */
export type DocumentKind =
  | 'FAQ'
  | 'MANUAL'
  | 'NEWS'
  | 'OTHER'
  | 'POLICY';

/** Which edges of a node are followed. */
export type EdgeDirection =
  /** All. */
  | 'BOTH'
  /** Those that lead to it. */
  | 'INCOMING'
  /** Those that begin at it. */
  | 'OUTGOING';

/** Which edges a drawing has. */
export type EdgeFilter = {
  /** True: only what a model guessed; false: nothing of it; null: both. */
  readonly imputed?: InputMaybe<Scalars['Boolean']['input']>;
  /** Least confidence of a fact, 0 to 1; relations that follow from keys stay. */
  readonly minConfidence?: Scalars['Float']['input'];
  /** Only these relations, such as HAS_BRAND; null for all. */
  readonly relations?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

/** Whom to erase. */
export type EraseUserInput = {
  /** The shopper's pseudonym, `user:<source>:<32 hexadecimal digits>`. */
  readonly userKey: Scalars['String']['input'];
};

/** What a shopper did. */
export type EventKind =
  | 'CART'
  | 'CLICK'
  | 'DISMISS'
  | 'LIKE'
  | 'PURCHASE'
  | 'QUERY'
  | 'REVIEW'
  | 'SHARE'
  | 'VIEW';

/** What the rows of a feed are. */
export type FeedContent =
  | 'CATALOG'
  | 'EVENTS'
  | 'ORDERS'
  | 'REVIEWS';

/** Which feed: an upload, a file of the server, a database with a query, or a topic. */
export type FeedInput = {
  /** Address of a database, as `feedSources` lists it. */
  readonly database?: InputMaybe<Scalars['String']['input']>;
  /** Path within the server's folder, as `feedSources` lists it. */
  readonly file?: InputMaybe<Scalars['String']['input']>;
  /** SELECT whose rows are the feed, for a database. */
  readonly query?: InputMaybe<Scalars['String']['input']>;
  /** Name of a Kafka topic. */
  readonly topic?: InputMaybe<Scalars['String']['input']>;
  /** Id that `POST /feed-files` answered. */
  readonly upload?: InputMaybe<Scalars['ID']['input']>;
};

/** Language of reasons and warnings. */
export type FeedLanguage =
  | 'EN'
  | 'ZH';

/** How a feed is read and written. */
export type FeedOptionsInput = {
  /** Withdraw them however many they are. */
  readonly allowShrink?: Scalars['Boolean']['input'];
  /** Preferred currencies of columns for several. */
  readonly currency?: ReadonlyArray<Scalars['String']['input']>;
  /** Encoding of the text, such as `gb18030`. Null: detected. */
  readonly encoding?: InputMaybe<Scalars['String']['input']>;
  /** Preferred languages of columns for several. */
  readonly language?: ReadonlyArray<Scalars['String']['input']>;
  /** Catalogue that reviews, events and orders are about. Null: the mapping's, else the one in the graph that knows their ids. */
  readonly productSource?: InputMaybe<Scalars['String']['input']>;
  /** Whether the feed is the whole catalogue: missing products are withdrawn. */
  readonly snapshot?: Scalars['Boolean']['input'];
  /** Name of the feed, in the keys of its records. Null: the mapping's. */
  readonly source?: InputMaybe<Scalars['String']['input']>;
};

/** What a shopper did with a recommendation, or thinks of it. */
export type FeedbackAction =
  /** Wants it. Counts as CART. */
  | 'ADDED_TO_CART'
  /** Looked at it. Counts as CLICK. */
  | 'CLICKED'
  /** Waved it away. Counts as DISMISS: it is not shown again, and nothing is learned from what the shopper did with it before. */
  | 'DISMISSED'
  /** Finds it a good suggestion. Counts as LIKE, which is learned from. */
  | 'HELPFUL'
  /** Finds it a bad suggestion. Counts as DISMISS. */
  | 'NOT_HELPFUL'
  /** Bought it. Counts as PURCHASE. */
  | 'PURCHASED'
  /** Told others. Counts as SHARE. */
  | 'SHARED';

/** Why a person should take over a conversation. */
export type HandOverReason =
  | 'ANGER'
  | 'ASKED'
  | 'UNANSWERED';

/** How a product is to go with another one. */
export type Intent =
  /** Along with it: chosen by the same shoppers, other kind. */
  | 'COMPLEMENTARY'
  /** Instead of it: alike, same kind. */
  | 'RELATED';

/** What a person says of a generated text. */
export type JudgeContentInput = {
  /** Whether it is good. Later variants like accepted ones count as the best. */
  readonly accepted: Scalars['Boolean']['input'];
  /** The text, `content:<hash>`. */
  readonly key: Scalars['String']['input'];
};

/** Language of a text. ZH takes any Chinese; ZH_TW takes Traditional first. */
export type Locale =
  | 'AR'
  | 'BG'
  | 'BN'
  | 'CA'
  | 'CS'
  | 'DA'
  | 'DE'
  | 'EL'
  | 'EN'
  | 'ES'
  | 'ET'
  | 'FA'
  | 'FI'
  | 'FR'
  | 'HE'
  | 'HI'
  | 'HR'
  | 'HU'
  | 'ID'
  | 'IT'
  | 'JA'
  | 'KO'
  | 'LT'
  | 'LV'
  | 'MS'
  | 'NL'
  | 'NO'
  | 'PL'
  | 'PT'
  | 'PT_BR'
  | 'RO'
  | 'RU'
  | 'SK'
  | 'SL'
  | 'SR'
  | 'SV'
  | 'TH'
  | 'TR'
  | 'UK'
  | 'VI'
  | 'ZH'
  | 'ZH_CN'
  | 'ZH_HK'
  | 'ZH_TW';

/** A picture of a product. */
export type MediaInput = {
  /** Alternative text. */
  readonly alt?: InputMaybe<Scalars['String']['input']>;
  /** Absolute http or https address. */
  readonly url: Scalars['String']['input'];
};

/** A session that turned out to be a known shopper's. */
export type MergeSessionInput = {
  /** Pseudonym under which the session was recorded, `user:<source>:<32 hexadecimal digits>`; `catalograph user-key SOURCE ID` prints that of the session's id. */
  readonly sessionKey: Scalars['String']['input'];
  /** The shopper's pseudonym; null for the caller's own, where that is a shopper. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** A kind of model. */
export type ModelKind =
  /** Item-item preference weights. */
  | 'PREFERENCE'
  /** Second stage of searches. */
  | 'RANKER'
  /** Text vectors. */
  | 'TEXT';

/** Length of a step of a trend. */
export type OpinionStep =
  | 'DAY'
  | 'WEEK';

/** An option that tells a variant from the others of its group. */
export type OptionInput = {
  /** Name of the option, such as Size. */
  readonly name: Scalars['String']['input'];
  /** Its value, such as XL. */
  readonly value: Scalars['String']['input'];
};

/** Where an order, a shipment or a return stands, read from the shop's word. */
export type OrderStatus =
  | 'CANCELLED'
  | 'CONFIRMED'
  | 'DELIVERED'
  | 'PENDING'
  | 'PROCESSING'
  | 'REFUNDED'
  | 'REFUSED'
  | 'REQUESTED'
  | 'RETURNED'
  | 'SHIPPED'
  | 'UNKNOWN';

/** Whether a product is on sale. */
export type Presence =
  | 'ABSENT'
  | 'LISTED'
  | 'UNLISTED';

/** A range of prices in one currency. */
export type PriceRange = {
  /** ISO 4217 code. Prices in other currencies are left out, unless the operator gives exchange rates. Null: the shop's currency, else the most frequent one of the list. Alone it leaves nothing out, but orders and facets go by it. */
  readonly currencyCode?: InputMaybe<Scalars['String']['input']>;
  /** Highest price. */
  readonly max?: InputMaybe<Scalars['Decimal']['input']>;
  /** Least price. */
  readonly min?: InputMaybe<Scalars['Decimal']['input']>;
};

/** Products to leave out: those with any of these. */
export type ProductExclusion = {
  /** Values of attributes. At most 20. */
  readonly attributes?: ReadonlyArray<AttributeFilter>;
  /** Keys or ids of brands. At most 50. */
  readonly brands?: ReadonlyArray<Scalars['ID']['input']>;
  /** Keys or ids of categories; narrower ones count as well. At most 50. */
  readonly categories?: ReadonlyArray<Scalars['ID']['input']>;
  /** Words, such as wireless: products that say so in their title, description, brand or values, unless negated, as in `non-wireless` or `wireless: no`. At most 20. */
  readonly words?: ReadonlyArray<Scalars['String']['input']>;
};

/** Which products to keep; what is left out does not narrow. Within one field any of the given keys has to hold, and all fields together. */
export type ProductFilter = {
  /** Values of attributes: of each attribute any, of different ones all. At most 20. */
  readonly attributes?: ReadonlyArray<AttributeFilter>;
  /** Whether it can be bought: any of these. */
  readonly availability?: ReadonlyArray<Availability>;
  /**
   * Key of a brand.
   * @deprecated Takes one only. Give `brands`.
   */
  readonly brand?: InputMaybe<Scalars['String']['input']>;
  /** Keys or ids of brands; any of them. At most 50. */
  readonly brands?: ReadonlyArray<Scalars['ID']['input']>;
  /** Keys or ids of categories; any of them, and narrower categories count as well. At most 50. */
  readonly categories?: ReadonlyArray<Scalars['ID']['input']>;
  /**
   * Key of a category; narrower categories count as well.
   * @deprecated Takes one only. Give `categories`.
   */
  readonly category?: InputMaybe<Scalars['String']['input']>;
  /** Keys or ids of products: what is in the community of any of them, in the live version; nothing without one. At most 50. */
  readonly communities?: ReadonlyArray<Scalars['ID']['input']>;
  /** ISO 4217 code: only products that the catalogue prices in it. Prices are compared in it too, unless `price` names another. */
  readonly currency?: InputMaybe<Scalars['String']['input']>;
  /** Leave out what the catalogue says cannot be had; what says nothing stays. */
  readonly inStock?: Scalars['Boolean']['input'];
  /** Products to leave out. */
  readonly not?: InputMaybe<ProductExclusion>;
  /** Range of prices in one currency. */
  readonly price?: InputMaybe<PriceRange>;
  /**
   * Highest price.
   * @deprecated A float is not exact. Give `price { max }`.
   */
  readonly priceMax?: InputMaybe<Scalars['Float']['input']>;
  /**
   * Least price.
   * @deprecated A float is not exact. Give `price { min }`.
   */
  readonly priceMin?: InputMaybe<Scalars['Float']['input']>;
  /** Least mean rating, in stars. */
  readonly ratingMin?: InputMaybe<Scalars['Float']['input']>;
  /** Last part of the page's address, as the catalogue states it. */
  readonly slug?: InputMaybe<Scalars['String']['input']>;
  /** Catalogue it is numbered in. */
  readonly source?: InputMaybe<Scalars['String']['input']>;
  /**
   * Keys of attribute values; all must hold. At most 20.
   * @deprecated Give `attributes`, of which any value of an attribute may hold.
   */
  readonly values?: ReadonlyArray<Scalars['String']['input']>;
};

/** Order of products; equal ones by key. */
export type ProductSort =
  /** By key. */
  | 'KEY'
  /** Latest on the market first. */
  | 'NEWEST'
  /** As the catalogue states it. */
  | 'POPULARITY'
  /** Cheapest first, without last. */
  | 'PRICE_ASC'
  /** Dearest first, without last. */
  | 'PRICE_DESC'
  /** Best mean rating first. */
  | 'RATING'
  /** By title. */
  | 'TITLE';

/** What a shopper thinks of an answer. */
export type RateAnswerInput = {
  /** Why, at most 500 characters; it is kept without personal data. */
  readonly comment?: InputMaybe<Scalars['String']['input']>;
  /** Whether the answer helped. */
  readonly helpful: Scalars['Boolean']['input'];
  /** `turnKey` of the turn. */
  readonly turnKey: Scalars['String']['input'];
  /** The shopper's pseudonym; null for the caller's own. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** Something a shopper did. */
export type RecordEventInput = {
  /** Its id there. The same id again is the same event, and makes no second one. */
  readonly id: Scalars['String']['input'];
  /** What was done. */
  readonly kind: EventKind;
  /** Place in that list, from 0; null: where the list has it. */
  readonly position?: InputMaybe<Scalars['Int']['input']>;
  /** Product it was done to; needed for every kind but QUERY. */
  readonly productKey?: InputMaybe<Scalars['String']['input']>;
  /** Search words, for the kind QUERY. */
  readonly query?: InputMaybe<Scalars['String']['input']>;
  /** List it responds to: `servedId` of that answer. */
  readonly servedId?: InputMaybe<Scalars['String']['input']>;
  /** Shop or site it happened in; lower case. */
  readonly source: Scalars['String']['input'];
  /** When, with a time zone; null for now. */
  readonly time?: InputMaybe<Scalars['DateTime']['input']>;
  /** The shopper's pseudonym, `user:<source>:<32 hexadecimal digits>`; null when anonymous. `catalograph user-key SOURCE ID` prints the key of an id. Raw ids are refused. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** Several things that shoppers did. */
export type RecordEventsInput = {
  /** The events, at most 100. */
  readonly events: ReadonlyArray<RecordEventInput>;
};

/** Feedback on one item of a served list. */
export type RecordFeedbackInput = {
  /** What was done, or thought of it. */
  readonly action: FeedbackAction;
  /** Place of the item, from 0; this or `productKey` is needed. */
  readonly position?: InputMaybe<Scalars['Int']['input']>;
  /** The item; this or `position` is needed. */
  readonly productKey?: InputMaybe<Scalars['String']['input']>;
  /** The list: `servedId` of that answer. */
  readonly servedId: Scalars['String']['input'];
  /** The shopper's pseudonym; null when anonymous: then it counts for the model's figures, but changes nobody's recommendations. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** Order of models and runs; equal ones by key. */
export type RecordSort =
  /** By key. */
  | 'KEY'
  /** Newest first. */
  | 'NEWEST';

/** Items whose claims end. */
export type ReleaseReviewItemsInput = {
  /** Keys of the items, at most 200. */
  readonly keys: ReadonlyArray<Scalars['String']['input']>;
  /** Name of the reviewer, where callers have no credentials; else the caller's own is taken. */
  readonly reviewer?: InputMaybe<Scalars['String']['input']>;
};

/** Rejected rows to try again. */
export type ReplayRejectedInput = {
  /** Mapping to read them with; null for the run's. */
  readonly mapping?: InputMaybe<Scalars['JSON']['input']>;
  /** Corrected rows, at most 1,000; none tries all rows as they are. */
  readonly rows?: ReadonlyArray<CorrectedRowInput>;
  /** Run that rejected them, `run:<id>`. */
  readonly run: Scalars['String']['input'];
};

/** A decision about an item. */
export type ReviewDecisionInput = {
  /** The right value, for `CORRECT`; of a category its path, a > b. */
  readonly correction?: InputMaybe<Scalars['String']['input']>;
  /** The item, `review-item:<hash>`. */
  readonly key: Scalars['String']['input'];
  /** What the reviewer says. */
  readonly verdict: ReviewVerdict;
};

/** Order of reviews; equal ones by key. */
export type ReviewSort =
  /** Found helpful by most first. */
  | 'HELPFUL'
  /** By key. */
  | 'KEY'
  /** Newest first. */
  | 'NEWEST'
  /** Oldest first. */
  | 'OLDEST'
  /** Most stars first. */
  | 'RATING';

/** Which items of the review queue to list. */
export type ReviewState =
  | 'DECIDED'
  | 'WAITING';

/** What a person says of an item. */
export type ReviewVerdict =
  | 'ACCEPT'
  | 'CORRECT'
  | 'REJECT';

/** The key to revoke. */
export type RevokeApiKeyInput = {
  /** Its name. */
  readonly name: Scalars['String']['input'];
};

/** Which kind of model to go back with. */
export type RollBackModelInput = {
  /** Kind of model, such as preference. */
  readonly kind: Scalars['String']['input'];
};

/** What a run did with a record. */
export type RunEffect =
  | 'ADDED'
  | 'CHANGED'
  | 'WITHDRAWN';

/** A feed to bring in. */
export type RunFeedInput = {
  /** The feed. */
  readonly feed: FeedInput;
  /** What its rows are. */
  readonly kind: FeedContent;
  /** Mapping; null for a shipped one that fits. A topic needs one. */
  readonly mapping?: InputMaybe<Scalars['JSON']['input']>;
  /** How it is read and written. */
  readonly options?: InputMaybe<FeedOptionsInput>;
};

/** A run. */
export type RunInput = {
  /** `run:<id>`. */
  readonly run: Scalars['String']['input'];
};

/** What somebody says to the assistant. */
export type SayInput = {
  /** `conversationKey` of the turn before; null begins a new one. */
  readonly conversationKey?: InputMaybe<Scalars['String']['input']>;
  /** Products before the shopper's eyes, at most 10, such as the page's: what “it” means before the conversation names any. */
  readonly productKeys?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** What was typed: 1 to 500 characters. */
  readonly text: Scalars['String']['input'];
  /** The shopper's consent to recommendations by their own history, with reasons; needs the scope `recommend:read`. Without it, the most popular products are recommended. */
  readonly useHistory?: Scalars['Boolean']['input'];
  /** The shopper's pseudonym; null for the caller's own, or when anonymous. An anonymous conversation that a shopper goes on with becomes the shopper's. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** What a search goes by. */
export type SearchMode =
  /** Words: title, brands, description, attributes with their values. */
  | 'FULL_TEXT'
  /** Both, added up. */
  | 'HYBRID'
  /** Meaning: text vectors of query and product. */
  | 'VECTOR';

/** Sentiment of a text. */
export type Sentiment =
  | 'NEGATIVE'
  | 'NEUTRAL'
  | 'POSITIVE';

/** A product chosen in a session that nobody need have recorded. */
export type SessionEvent = {
  /** `product:<source>:<id>`. */
  readonly productKey: Scalars['String']['input'];
  /** When, with a time zone; null: as old as the oldest. */
  readonly time?: InputMaybe<Scalars['DateTime']['input']>;
};

/** What a shopper agrees to and refuses. */
export type SetConsentInput = {
  /** Purposes that the shopper agrees to from now on. */
  readonly agreed?: ReadonlyArray<DataPurpose>;
  /** Purposes that the shopper refuses from now on. */
  readonly refused?: ReadonlyArray<DataPurpose>;
  /** The shopper's pseudonym; null for the caller's own, where that is a shopper. */
  readonly userKey?: InputMaybe<Scalars['String']['input']>;
};

/** What a slot of a turn holds. */
export type SlotKind =
  | 'ATTRIBUTE'
  | 'EMAIL'
  | 'ORDER'
  | 'PRODUCT';

/** What a source of an answer is. */
export type SourceKind =
  | 'FACT'
  | 'ORDER'
  | 'PASSAGE'
  | 'RECORD'
  | 'REVIEW';

/** What is suggested. */
export type SuggestionKind =
  /** A brand. */
  | 'BRAND'
  /** A category. */
  | 'CATEGORY'
  /** A product. */
  | 'PRODUCT'
  /** A query that several shoppers typed. */
  | 'QUERY';

/** Texts that terms are found in: reviews, search words, news, or questions and answers (documents of the kinds NEWS and FAQ). */
export type TextSource =
  | 'NEWS'
  | 'QUESTIONS'
  | 'REVIEWS'
  | 'SEARCHES';

/** How a generated text speaks. */
export type Tone =
  | 'FORMAL'
  | 'FRIENDLY'
  | 'PLAIN';

/** What search words were understood as. */
export type UnderstoodKind =
  /** A brand. */
  | 'BRAND'
  /** A category. */
  | 'CATEGORY'
  /** A range of prices. */
  | 'PRICE'
  /** A range of stars. */
  | 'RATING'
  /** Not known to be out of stock. */
  | 'STOCK'
  /** An attribute value. */
  | 'VALUE'
  /** A word that titles must not have. */
  | 'WORD';

/** Items whose decisions of this reviewer are taken back. */
export type UndoReviewInput = {
  /** Keys of the items, at most 200. */
  readonly keys: ReadonlyArray<Scalars['String']['input']>;
  /** Name of the reviewer, where callers have no credentials; else the caller's own is taken. */
  readonly reviewer?: InputMaybe<Scalars['String']['input']>;
};

/** All that a catalogue says of a product; what is left out is taken away. */
export type UpsertProductInput = {
  /** Ids of products in the same catalogue. */
  readonly alsoBought?: ReadonlyArray<Scalars['String']['input']>;
  /** Ids of products in the same catalogue. */
  readonly alsoViewed?: ReadonlyArray<Scalars['String']['input']>;
  /** Its attribute values. */
  readonly attributes?: ReadonlyArray<AttributeInput>;
  /** Whether it can be had, such as “in stock”. */
  readonly availability?: InputMaybe<Scalars['String']['input']>;
  /** Ids of products in the same catalogue. */
  readonly boughtTogether?: ReadonlyArray<Scalars['String']['input']>;
  /** Name of its brand. */
  readonly brand?: InputMaybe<Scalars['String']['input']>;
  /** Its categories, each by the names from the root. */
  readonly categories?: ReadonlyArray<ReadonlyArray<Scalars['String']['input']>>;
  /** ISO 4217 code. */
  readonly currency?: InputMaybe<Scalars['String']['input']>;
  /** Description. */
  readonly description?: InputMaybe<Scalars['String']['input']>;
  /** Id of its group of variants. */
  readonly group?: InputMaybe<Scalars['String']['input']>;
  /** Title of that group. */
  readonly groupTitle?: InputMaybe<Scalars['String']['input']>;
  /** Global trade item numbers. */
  readonly gtins?: ReadonlyArray<Scalars['String']['input']>;
  /** Its id there. */
  readonly id: Scalars['String']['input'];
  /** Picture of it. */
  readonly imageUrl?: InputMaybe<Scalars['String']['input']>;
  /** Its pictures, in their order. */
  readonly media?: ReadonlyArray<MediaInput>;
  /** The maker's number for it. */
  readonly mpn?: InputMaybe<Scalars['String']['input']>;
  /** Options that tell it from the other variants. */
  readonly options?: ReadonlyArray<OptionInput>;
  /** Price in `currency`. */
  readonly price?: InputMaybe<Scalars['Float']['input']>;
  /** Pieces in stock. */
  readonly quantity?: InputMaybe<Scalars['Int']['input']>;
  /** Reduced price in `currency`. */
  readonly salePrice?: InputMaybe<Scalars['Float']['input']>;
  /** The seller's number for it. */
  readonly sku?: InputMaybe<Scalars['String']['input']>;
  /** Last part of the address of its page. */
  readonly slug?: InputMaybe<Scalars['String']['input']>;
  /** Catalogue it is numbered in; lower case. */
  readonly source: Scalars['String']['input'];
  /** Title. */
  readonly title: Scalars['String']['input'];
  /** Page of the product. */
  readonly url?: InputMaybe<Scalars['String']['input']>;
};

/** Which product its catalogue no longer has. */
export type WithdrawProductInput = {
  /** Its id there. */
  readonly id: Scalars['String']['input'];
  /** Catalogue it is numbered in. */
  readonly source: Scalars['String']['input'];
};

/** A text to write. */
export type WriteContentInput = {
  /** For whom, in at most 200 characters. It decides which facts come first; words of gender, age and origin decide nothing. */
  readonly audience?: Scalars['String']['input'];
  /** What it is for. */
  readonly kind: ContentKind;
  /** `en` or `zh`. */
  readonly language?: Scalars['String']['input'];
  /** The product, one that is on sale. */
  readonly productKey: Scalars['String']['input'];
  /** How it speaks. */
  readonly tone?: Tone;
  /** Whether the language model of the server words it. What it says that no cited fact says does not go out: then the template's text does. */
  readonly useModel?: Scalars['Boolean']['input'];
  /** How many variants at most, 1 to 5. */
  readonly variants?: Scalars['Int']['input'];
};

/** A shopper's words on a product. */
export type WriteReviewInput = {
  /** Its id there. Null: a shopper has one review of a product, and a second one takes its place. */
  readonly id?: InputMaybe<Scalars['String']['input']>;
  /** The product. */
  readonly productKey: Scalars['String']['input'];
  /** Stars; this or a text is needed. */
  readonly rating?: InputMaybe<Scalars['Float']['input']>;
  /** Shop or site it was written in; lower case. */
  readonly source: Scalars['String']['input'];
  /** Plain text. */
  readonly text?: InputMaybe<Scalars['String']['input']>;
  /** When it was written, with a time zone; null for now. */
  readonly time?: InputMaybe<Scalars['DateTime']['input']>;
  /** Headline. */
  readonly title?: InputMaybe<Scalars['String']['input']>;
  /** The writer's pseudonym, `user:<source>:<32 hexadecimal digits>`. */
  readonly userKey: Scalars['String']['input'];
  /** Whether the purchase was verified. */
  readonly verified?: InputMaybe<Scalars['Boolean']['input']>;
};

export type ProductQueryVariables = Exact<{
  key: Scalars['String']['input'];
}>;


export type ProductQuery = { readonly product: { readonly source: string, readonly sourceId: string, readonly listed: boolean, readonly description: string | null, readonly gtins: ReadonlyArray<string>, readonly mpn: string | null, readonly released: string | null, readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly categories: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null, readonly path: ReadonlyArray<string> }>, readonly values: ReadonlyArray<{ readonly id: string, readonly key: string, readonly attribute: string, readonly name: string, readonly number: number | null, readonly unit: string | null }>, readonly reviewSummary: { readonly reviews: number, readonly rated: number, readonly averageRating: number | null }, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> } | null };

export type ProductsQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ProductFilter>;
  orderBy?: InputMaybe<ProductSort>;
}>;


export type ProductsQuery = { readonly products: { readonly totalCount: number | null, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly facets: ReadonlyArray<{ readonly name: string, readonly values: ReadonlyArray<{ readonly label: string, readonly count: number, readonly input: unknown }> }> | null, readonly nodes: ReadonlyArray<{ readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> }> } };

export type SearchQueryVariables = Exact<{
  query: Scalars['String']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ProductFilter>;
  mode?: InputMaybe<SearchMode>;
}>;


export type SearchQuery = { readonly products: { readonly totalCount: number | null, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly edges: ReadonlyArray<{ readonly score: number | null, readonly node: { readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> } }> } };

export type SuggestionsQueryVariables = Exact<{
  query: Scalars['String']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
}>;


export type SuggestionsQuery = { readonly suggestions: ReadonlyArray<{ readonly key: string, readonly kind: SuggestionKind, readonly text: string, readonly products: number | null }> };

export type ProductCardFragment = { readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> };

export type PathStepPartsFragment = { readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean };

type ReasonParts_IndirectReason_Fragment = { readonly __typename: 'IndirectReason', readonly part: string | null, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> };

type ReasonParts_InteractionReason_Fragment = { readonly __typename: 'InteractionReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> };

type ReasonParts_OtherReason_Fragment = { readonly __typename: 'OtherReason', readonly count: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> };

type ReasonParts_PopularityReason_Fragment = { readonly __typename: 'PopularityReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> };

type ReasonParts_PrivatePopularityReason_Fragment = { readonly __typename: 'PrivatePopularityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> };

type ReasonParts_SharedFactReason_Fragment = { readonly __typename: 'SharedFactReason', readonly relation: string, readonly attribute: string | null, readonly name: string, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> };

type ReasonParts_SimilarityReason_Fragment = { readonly __typename: 'SimilarityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> };

export type ReasonPartsFragment =
  | ReasonParts_IndirectReason_Fragment
  | ReasonParts_InteractionReason_Fragment
  | ReasonParts_OtherReason_Fragment
  | ReasonParts_PopularityReason_Fragment
  | ReasonParts_PrivatePopularityReason_Fragment
  | ReasonParts_SharedFactReason_Fragment
  | ReasonParts_SimilarityReason_Fragment
;

export type RecommendationPartsFragment = { readonly position: number, readonly score: number, readonly product: { readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> }, readonly reasons: ReadonlyArray<
    | { readonly __typename: 'IndirectReason', readonly part: string | null, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
    | { readonly __typename: 'InteractionReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
    | { readonly __typename: 'OtherReason', readonly count: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
    | { readonly __typename: 'PopularityReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
    | { readonly __typename: 'PrivatePopularityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
    | { readonly __typename: 'SharedFactReason', readonly relation: string, readonly attribute: string | null, readonly name: string, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
    | { readonly __typename: 'SimilarityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
  >, readonly shortReasons: ReadonlyArray<{ readonly contribution: number, readonly text: string }> };

export type RecommendationListPartsFragment = { readonly servedId: string, readonly stale: boolean, readonly model: { readonly kind: string, readonly version: number } | null, readonly items: ReadonlyArray<{ readonly position: number, readonly score: number, readonly product: { readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> }, readonly reasons: ReadonlyArray<
      | { readonly __typename: 'IndirectReason', readonly part: string | null, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'InteractionReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'OtherReason', readonly count: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'PopularityReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'PrivatePopularityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'SharedFactReason', readonly relation: string, readonly attribute: string | null, readonly name: string, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'SimilarityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
    >, readonly shortReasons: ReadonlyArray<{ readonly contribution: number, readonly text: string }> }> };

type Refusal_Conflict_Fragment = { readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> };

type Refusal_InvalidInput_Fragment = { readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> };

type Refusal_NotFound_Fragment = { readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> };

export type RefusalFragment =
  | Refusal_Conflict_Fragment
  | Refusal_InvalidInput_Fragment
  | Refusal_NotFound_Fragment
;

export type RecommendationsQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  userKey?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ProductFilter>;
  inStock?: InputMaybe<Scalars['Boolean']['input']>;
  diversity?: InputMaybe<Scalars['Float']['input']>;
}>;


export type RecommendationsQuery = { readonly recommendations: { readonly servedId: string, readonly stale: boolean, readonly model: { readonly kind: string, readonly version: number } | null, readonly items: ReadonlyArray<{ readonly position: number, readonly score: number, readonly product: { readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> }, readonly reasons: ReadonlyArray<
        | { readonly __typename: 'IndirectReason', readonly part: string | null, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'InteractionReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'OtherReason', readonly count: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'PopularityReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'PrivatePopularityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'SharedFactReason', readonly relation: string, readonly attribute: string | null, readonly name: string, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'SimilarityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      >, readonly shortReasons: ReadonlyArray<{ readonly contribution: number, readonly text: string }> }> } };

export type SessionRecommendationsQueryVariables = Exact<{
  session: ReadonlyArray<SessionEvent> | SessionEvent;
  first?: InputMaybe<Scalars['Int']['input']>;
  filter?: InputMaybe<ProductFilter>;
}>;


export type SessionRecommendationsQuery = { readonly recommendations: { readonly servedId: string, readonly stale: boolean, readonly model: { readonly kind: string, readonly version: number } | null, readonly items: ReadonlyArray<{ readonly position: number, readonly score: number, readonly product: { readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> }, readonly reasons: ReadonlyArray<
        | { readonly __typename: 'IndirectReason', readonly part: string | null, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'InteractionReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'OtherReason', readonly count: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'PopularityReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'PrivatePopularityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'SharedFactReason', readonly relation: string, readonly attribute: string | null, readonly name: string, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'SimilarityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      >, readonly shortReasons: ReadonlyArray<{ readonly contribution: number, readonly text: string }> }> } };

export type ProductRecommendationsQueryVariables = Exact<{
  key: Scalars['String']['input'];
  intent: Intent;
  first?: InputMaybe<Scalars['Int']['input']>;
}>;


export type ProductRecommendationsQuery = { readonly productRecommendations: { readonly servedId: string, readonly stale: boolean, readonly model: { readonly kind: string, readonly version: number } | null, readonly items: ReadonlyArray<{ readonly position: number, readonly score: number, readonly product: { readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> }, readonly reasons: ReadonlyArray<
        | { readonly __typename: 'IndirectReason', readonly part: string | null, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'InteractionReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'OtherReason', readonly count: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'PopularityReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'PrivatePopularityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'SharedFactReason', readonly relation: string, readonly attribute: string | null, readonly name: string, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'SimilarityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      >, readonly shortReasons: ReadonlyArray<{ readonly contribution: number, readonly text: string }> }> } };

export type BasketRecommendationsQueryVariables = Exact<{
  keys: ReadonlyArray<Scalars['String']['input']> | Scalars['String']['input'];
  first?: InputMaybe<Scalars['Int']['input']>;
  filter?: InputMaybe<ProductFilter>;
}>;


export type BasketRecommendationsQuery = { readonly basketRecommendations: { readonly servedId: string, readonly stale: boolean, readonly model: { readonly kind: string, readonly version: number } | null, readonly items: ReadonlyArray<{ readonly position: number, readonly score: number, readonly product: { readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> }, readonly reasons: ReadonlyArray<
        | { readonly __typename: 'IndirectReason', readonly part: string | null, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'InteractionReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'OtherReason', readonly count: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'PopularityReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'PrivatePopularityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'SharedFactReason', readonly relation: string, readonly attribute: string | null, readonly name: string, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
        | { readonly __typename: 'SimilarityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      >, readonly shortReasons: ReadonlyArray<{ readonly contribution: number, readonly text: string }> }> } };

export type WhyQueryVariables = Exact<{
  userKey: Scalars['String']['input'];
  productKey: Scalars['String']['input'];
}>;


export type WhyQuery = { readonly why: { readonly position: number, readonly score: number, readonly product: { readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> }, readonly reasons: ReadonlyArray<
      | { readonly __typename: 'IndirectReason', readonly part: string | null, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'InteractionReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'OtherReason', readonly count: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'PopularityReason', readonly shoppers: number, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'PrivatePopularityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'SharedFactReason', readonly relation: string, readonly attribute: string | null, readonly name: string, readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
      | { readonly __typename: 'SimilarityReason', readonly contribution: number, readonly text: string, readonly template: string, readonly path: ReadonlyArray<{ readonly id: string, readonly key: string, readonly label: string, readonly name: string | null, readonly relation: string | null, readonly forward: boolean }> }
    >, readonly shortReasons: ReadonlyArray<{ readonly contribution: number, readonly text: string }> } | null };

export type WhatIfQueryVariables = Exact<{
  first?: InputMaybe<Scalars['Int']['input']>;
  userKey?: InputMaybe<Scalars['String']['input']>;
  with?: InputMaybe<ReadonlyArray<Scalars['String']['input']> | Scalars['String']['input']>;
  without?: InputMaybe<ReadonlyArray<Scalars['String']['input']> | Scalars['String']['input']>;
}>;


export type WhatIfQuery = { readonly whatIf: { readonly model: { readonly kind: string, readonly version: number }, readonly standings: ReadonlyArray<{ readonly scoreBefore: number | null, readonly scoreAfter: number | null, readonly rankBefore: number | null, readonly rankAfter: number | null, readonly product: { readonly id: string, readonly key: string, readonly title: string | null, readonly price: number | null, readonly salePrice: number | null, readonly currency: string | null, readonly availability: string | null, readonly imageUrl: string | null, readonly url: string | null, readonly brands: ReadonlyArray<{ readonly id: string, readonly key: string, readonly name: string | null }> } }> } };

export type RecordEventMutationVariables = Exact<{
  input: RecordEventInput;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
}>;


export type RecordEventMutation = { readonly recordEvent:
    | { readonly __typename: 'Conflict', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'NotFound', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'RecordedEvent', readonly key: string, readonly created: boolean, readonly responded: boolean }
   };

export type RecordFeedbackMutationVariables = Exact<{
  input: RecordFeedbackInput;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
}>;


export type RecordFeedbackMutation = { readonly recordFeedback:
    | { readonly __typename: 'Conflict', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'NotFound', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'RecordedFeedback', readonly key: string, readonly kind: EventKind, readonly created: boolean, readonly productKey: string, readonly position: number }
   };

export type WriteReviewMutationVariables = Exact<{
  input: WriteReviewInput;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
}>;


export type WriteReviewMutation = { readonly writeReview:
    | { readonly __typename: 'Conflict', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'NotFound', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'WrittenReview', readonly key: string, readonly created: boolean, readonly changed: boolean }
   };

export type UpsertProductMutationVariables = Exact<{
  input: UpsertProductInput;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
}>;


export type UpsertProductMutation = { readonly upsertProduct:
    | { readonly __typename: 'Conflict', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'NotFound', readonly code: string, readonly message: string, readonly path: ReadonlyArray<string> }
    | { readonly __typename: 'UpsertedProduct', readonly key: string, readonly changed: boolean, readonly placed: boolean, readonly dropped: ReadonlyArray<string> }
   };

export const ProductCardFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<ProductCardFragment, unknown>;
export const PathStepPartsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PathStepParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PathStep"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"forward"}}]}}]} as unknown as DocumentNode<PathStepPartsFragment, unknown>;
export const ReasonPartsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ReasonParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Reason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"template"}},{"kind":"Field","name":{"kind":"Name","value":"path"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PathStepParts"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InteractionReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SharedFactReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"attribute"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IndirectReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"part"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PopularityReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OtherReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"count"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PathStepParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PathStep"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"forward"}}]}}]} as unknown as DocumentNode<ReasonPartsFragment, unknown>;
export const RecommendationPartsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Recommendation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"product"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ReasonParts"}}]}},{"kind":"Field","name":{"kind":"Name","value":"shortReasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PathStepParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PathStep"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"forward"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ReasonParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Reason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"template"}},{"kind":"Field","name":{"kind":"Name","value":"path"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PathStepParts"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InteractionReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SharedFactReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"attribute"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IndirectReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"part"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PopularityReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OtherReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"count"}}]}}]}}]} as unknown as DocumentNode<RecommendationPartsFragment, unknown>;
export const RecommendationListPartsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationListParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RecommendationList"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"servedId"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}},{"kind":"Field","name":{"kind":"Name","value":"model"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RecommendationParts"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PathStepParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PathStep"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"forward"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ReasonParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Reason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"template"}},{"kind":"Field","name":{"kind":"Name","value":"path"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PathStepParts"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InteractionReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SharedFactReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"attribute"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IndirectReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"part"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PopularityReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OtherReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"count"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Recommendation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"product"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ReasonParts"}}]}},{"kind":"Field","name":{"kind":"Name","value":"shortReasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}}]} as unknown as DocumentNode<RecommendationListPartsFragment, unknown>;
export const RefusalFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MutationError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}}]} as unknown as DocumentNode<RefusalFragment, unknown>;
export const ProductDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Product"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"product"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"key"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"sourceId"}},{"kind":"Field","name":{"kind":"Name","value":"listed"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"gtins"}},{"kind":"Field","name":{"kind":"Name","value":"mpn"}},{"kind":"Field","name":{"kind":"Name","value":"released"}},{"kind":"Field","name":{"kind":"Name","value":"categories"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}},{"kind":"Field","name":{"kind":"Name","value":"values"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"attribute"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reviewSummary"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reviews"}},{"kind":"Field","name":{"kind":"Name","value":"rated"}},{"kind":"Field","name":{"kind":"Name","value":"averageRating"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<ProductQuery, ProductQueryVariables>;
export const ProductsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Products"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ProductFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ProductSort"}},"defaultValue":{"kind":"EnumValue","value":"KEY"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"products"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"facets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"values"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"input"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<ProductsQuery, ProductsQueryVariables>;
export const SearchDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Search"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"query"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ProductFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"mode"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"SearchMode"}},"defaultValue":{"kind":"EnumValue","value":"HYBRID"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"products"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"query"},"value":{"kind":"Variable","name":{"kind":"Name","value":"query"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"mode"},"value":{"kind":"Variable","name":{"kind":"Name","value":"mode"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<SearchQuery, SearchQueryVariables>;
export const SuggestionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Suggestions"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"query"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"8"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"suggestions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"query"},"value":{"kind":"Variable","name":{"kind":"Name","value":"query"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"products"}}]}}]}}]} as unknown as DocumentNode<SuggestionsQuery, SuggestionsQueryVariables>;
export const RecommendationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Recommendations"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"10"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"userKey"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ProductFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"inStock"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}},"defaultValue":{"kind":"BooleanValue","value":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"diversity"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Float"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"recommendations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"userKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"userKey"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"inStock"},"value":{"kind":"Variable","name":{"kind":"Name","value":"inStock"}}},{"kind":"Argument","name":{"kind":"Name","value":"diversity"},"value":{"kind":"Variable","name":{"kind":"Name","value":"diversity"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RecommendationListParts"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PathStepParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PathStep"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"forward"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ReasonParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Reason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"template"}},{"kind":"Field","name":{"kind":"Name","value":"path"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PathStepParts"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InteractionReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SharedFactReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"attribute"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IndirectReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"part"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PopularityReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OtherReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"count"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Recommendation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"product"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ReasonParts"}}]}},{"kind":"Field","name":{"kind":"Name","value":"shortReasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationListParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RecommendationList"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"servedId"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}},{"kind":"Field","name":{"kind":"Name","value":"model"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RecommendationParts"}}]}}]}}]} as unknown as DocumentNode<RecommendationsQuery, RecommendationsQueryVariables>;
export const SessionRecommendationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SessionRecommendations"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"session"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SessionEvent"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"10"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ProductFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"recommendations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"session"},"value":{"kind":"Variable","name":{"kind":"Name","value":"session"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RecommendationListParts"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PathStepParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PathStep"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"forward"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ReasonParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Reason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"template"}},{"kind":"Field","name":{"kind":"Name","value":"path"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PathStepParts"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InteractionReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SharedFactReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"attribute"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IndirectReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"part"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PopularityReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OtherReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"count"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Recommendation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"product"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ReasonParts"}}]}},{"kind":"Field","name":{"kind":"Name","value":"shortReasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationListParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RecommendationList"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"servedId"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}},{"kind":"Field","name":{"kind":"Name","value":"model"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RecommendationParts"}}]}}]}}]} as unknown as DocumentNode<SessionRecommendationsQuery, SessionRecommendationsQueryVariables>;
export const ProductRecommendationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ProductRecommendations"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"key"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"intent"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Intent"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"productRecommendations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"key"},"value":{"kind":"Variable","name":{"kind":"Name","value":"key"}}},{"kind":"Argument","name":{"kind":"Name","value":"intent"},"value":{"kind":"Variable","name":{"kind":"Name","value":"intent"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RecommendationListParts"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PathStepParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PathStep"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"forward"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ReasonParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Reason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"template"}},{"kind":"Field","name":{"kind":"Name","value":"path"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PathStepParts"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InteractionReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SharedFactReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"attribute"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IndirectReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"part"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PopularityReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OtherReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"count"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Recommendation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"product"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ReasonParts"}}]}},{"kind":"Field","name":{"kind":"Name","value":"shortReasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationListParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RecommendationList"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"servedId"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}},{"kind":"Field","name":{"kind":"Name","value":"model"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RecommendationParts"}}]}}]}}]} as unknown as DocumentNode<ProductRecommendationsQuery, ProductRecommendationsQueryVariables>;
export const BasketRecommendationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"BasketRecommendations"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"keys"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"10"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ProductFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"basketRecommendations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"keys"},"value":{"kind":"Variable","name":{"kind":"Name","value":"keys"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RecommendationListParts"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PathStepParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PathStep"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"forward"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ReasonParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Reason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"template"}},{"kind":"Field","name":{"kind":"Name","value":"path"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PathStepParts"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InteractionReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SharedFactReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"attribute"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IndirectReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"part"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PopularityReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OtherReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"count"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Recommendation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"product"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ReasonParts"}}]}},{"kind":"Field","name":{"kind":"Name","value":"shortReasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationListParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RecommendationList"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"servedId"}},{"kind":"Field","name":{"kind":"Name","value":"stale"}},{"kind":"Field","name":{"kind":"Name","value":"model"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RecommendationParts"}}]}}]}}]} as unknown as DocumentNode<BasketRecommendationsQuery, BasketRecommendationsQueryVariables>;
export const WhyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Why"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"userKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"productKey"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"why"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"userKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"userKey"}}},{"kind":"Argument","name":{"kind":"Name","value":"productKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"productKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RecommendationParts"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PathStepParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PathStep"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"forward"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ReasonParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Reason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"template"}},{"kind":"Field","name":{"kind":"Name","value":"path"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PathStepParts"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InteractionReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SharedFactReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"relation"}},{"kind":"Field","name":{"kind":"Name","value":"attribute"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"IndirectReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"part"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PopularityReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"shoppers"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OtherReason"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"count"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RecommendationParts"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Recommendation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"product"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ReasonParts"}}]}},{"kind":"Field","name":{"kind":"Name","value":"shortReasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contribution"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}}]} as unknown as DocumentNode<WhyQuery, WhyQueryVariables>;
export const WhatIfDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"WhatIf"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"10"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"userKey"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"with"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"without"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"whatIf"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"userKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"userKey"}}},{"kind":"Argument","name":{"kind":"Name","value":"with"},"value":{"kind":"Variable","name":{"kind":"Name","value":"with"}}},{"kind":"Argument","name":{"kind":"Name","value":"without"},"value":{"kind":"Variable","name":{"kind":"Name","value":"without"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"model"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"standings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"product"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"scoreBefore"}},{"kind":"Field","name":{"kind":"Name","value":"scoreAfter"}},{"kind":"Field","name":{"kind":"Name","value":"rankBefore"}},{"kind":"Field","name":{"kind":"Name","value":"rankAfter"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Product"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"price"}},{"kind":"Field","name":{"kind":"Name","value":"salePrice"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availability"}},{"kind":"Field","name":{"kind":"Name","value":"imageUrl"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"brands"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<WhatIfQuery, WhatIfQueryVariables>;
export const RecordEventDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RecordEvent"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RecordEventInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"recordEvent"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RecordedEvent"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"created"}},{"kind":"Field","name":{"kind":"Name","value":"responded"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MutationError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}}]} as unknown as DocumentNode<RecordEventMutation, RecordEventMutationVariables>;
export const RecordFeedbackDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RecordFeedback"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RecordFeedbackInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"recordFeedback"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RecordedFeedback"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"created"}},{"kind":"Field","name":{"kind":"Name","value":"productKey"}},{"kind":"Field","name":{"kind":"Name","value":"position"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MutationError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}}]} as unknown as DocumentNode<RecordFeedbackMutation, RecordFeedbackMutationVariables>;
export const WriteReviewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"WriteReview"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"WriteReviewInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"writeReview"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WrittenReview"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"created"}},{"kind":"Field","name":{"kind":"Name","value":"changed"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MutationError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}}]} as unknown as DocumentNode<WriteReviewMutation, WriteReviewMutationVariables>;
export const UpsertProductDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UpsertProduct"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UpsertProductInput"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"upsertProduct"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}},{"kind":"Argument","name":{"kind":"Name","value":"idempotencyKey"},"value":{"kind":"Variable","name":{"kind":"Name","value":"idempotencyKey"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"UpsertedProduct"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"changed"}},{"kind":"Field","name":{"kind":"Name","value":"placed"}},{"kind":"Field","name":{"kind":"Name","value":"dropped"}}]}},{"kind":"FragmentSpread","name":{"kind":"Name","value":"Refusal"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Refusal"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MutationError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}}]} as unknown as DocumentNode<UpsertProductMutation, UpsertProductMutationVariables>;