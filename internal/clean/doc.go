// Package clean makes a document that a publisher wrote ours: titles plain
// text, addresses absolute, one decided date, HTML sanitised.
//
// Invariant: it never fails. A part that can't be used becomes an empty part:
// an address that isn't http or https, a date that is impossible, a name that
// is blank. What it gives shares no memory with the document.
//
// Rules:
//
//   - An address resolves by xml:base, then by the feed's own address. One that
//     is absolute already is kept to the letter.
//   - A permalink is feedburner:origLink or pheedo:origLink, else the first
//     alternate link of type text/html or none, else any alternate link, else a
//     guid that is an address and doesn't deny being a permalink.
//   - A date that is missing, unreadable, impossible, or in a zone nobody knows
//     is zero; a date in the future is kept as published. [ParseDate] says what
//     can be read.
//   - RSS texts are HTML, Atom and JSON texts what they say they are.
//   - Summary is what the publisher calls so, content likewise; one that repeats
//     the other is dropped, and only if there is neither do the descriptions of
//     media stand in.
//
// Identity is left to package dedup, safety of HTML to package sanitize.
package clean
