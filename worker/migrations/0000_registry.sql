CREATE TABLE `grants` (
	`kid` text NOT NULL,
	`m` text NOT NULL,
	`jwk` text NOT NULL,
	`role` text NOT NULL,
	`rev` integer NOT NULL,
	`exp` integer,
	PRIMARY KEY(`kid`, `m`)
);
--> statement-breakpoint
CREATE TABLE `machines` (
	`m` text PRIMARY KEY NOT NULL,
	`ri` text NOT NULL,
	`wi` text NOT NULL,
	`status` text NOT NULL,
	`grants_rev` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `owner` (
	`one` integer PRIMARY KEY NOT NULL,
	`claim_hash` text NOT NULL,
	`machine` text NOT NULL,
	`claimed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tickets` (
	`hash` text PRIMARY KEY NOT NULL,
	`exp` integer NOT NULL
);
