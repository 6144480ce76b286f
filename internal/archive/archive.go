// Package archive writes all that a data file holds as an open format, and reads it:
// a zip file of JSON lines, which any program can make and take.
//
// # The format
//
// Each file is UTF-8, a JSON object a line. What is empty is left out. Times are RFC
// 3339 in UTC. Numbers of feeds, entries, stories and decisions are whole, greater
// than 0 and mean something within the archive alone. A text that isn't UTF-8, as some
// guids are, stands as {"base64":"…"}. Files that are missing are empty, and files and
// fields that a reader doesn't know are skipped.
//
//	manifest.json      {"format":"tidings-archive","version":1,"last":{"feed":9,"entry":70,"story":41,"decision":2}}:
//	                   last are the greatest numbers ever given
//	feeds.jsonl        feed, url, title, folder, tags, added, paused, removed, canonical, site, and state: what
//	                   polling learned (the publisher's title, validators, when it is due …); durations in seconds
//	lists.jsonl        list, url, title, folder, added, canonical, site, state, members (canonical, feed, gone): the
//	                   OPML lists that are followed
//	settings.jsonl     name, value (base64): rules of folding, preferred feeds, the id of the merged feed. Passwords, sessions and
//	                   secret addresses never leave, and are never taken in
//	seen.jsonl         feed, entry, keys (what identifies it in its feed, 32 hexadecimal digits each, the strongest
//	                   first), hash (of the item as published, 16 digits), served, missed (days since 1970), absences:
//	                   a line for each entry ever seen, those that have expired too, by feed
//	stories.jsonl      story, urn (the id that leaves the house), lead (an entry), time (its place in the river),
//	                   updated, event (a story; absent: its own), relation (why: of, score, evidence), mark (read,
//	                   read_at, starred, star_at), members, by arrival, the lead first where a story stands on several
//	                   lines: entry (feed, guid, url, title, authors, published, updated, seen, revised, excerpt,
//	                   words, image, enclosures (url, type, length, duration), categories, language, source), body (summary and content as sanitised
//	                   HTML, contributors, links, comments, media, thumbnails, rights), verdict (why it is in the story:
//	                   level, of, score, need, evidence, apart, drifted, drift), sketch (base64; left out: made anew)
//	decisions.jsonl    decision, kind ("split" or "join"), at, entries, from, to (stories), others, moved, verdicts, lead,
//	                   story, relation, mark, starred: what the reader said, and what taking it back needs
//	dissolved.jsonl    story, into: stories that went into others
//	subscribers.jsonl  topic, callback, secret, since, until, sent, failing: who has our feeds pushed to them. It
//	                   holds secrets, and is written only on demand
//
// What was fetched beside the feeds (icons, pictures, the whole texts of entries' pages)
// isn't in it: it is fetched anew.
//
// Equal facts give equal bytes: the order is that of the numbers, and nothing tells when
// the archive was made.
//
// # What it promises
//
// [Write] and [Open] stream: a line is in memory, and a line of stories has a few
// megabytes. Open refuses what is no archive, is cut off or damaged anywhere, unpacks
// to absurd sizes, or is of a later version, before anything is taken in. A line that
// can't be read costs itself alone, and is reported with its number. HTML passes the
// sanitizer that the caller gives: an archive is no more trusted than a publisher.
//
// What is taken in, and what that means, is the store's business.
package archive

import (
	"strings"

	"tidings/internal/feed"
)

// Version is that of the format. It grows when an older reader would lose something.
const Version = 1

const format = "tidings-archive"

// The files of an archive, in their order.
const (
	fileManifest    = "manifest.json"
	fileFeeds       = "feeds.jsonl"
	fileLists       = "lists.jsonl"
	fileSettings    = "settings.jsonl"
	fileSeen        = "seen.jsonl"
	fileStories     = "stories.jsonl"
	fileDecisions   = "decisions.jsonl"
	fileDissolved   = "dissolved.jsonl"
	fileSubscribers = "subscribers.jsonl"
)

// portable reports whether a setting may leave a data file and enter another. All
// others may be secrets.
func portable(name string) bool {
	return name == "feed-id" || name == "fold" || strings.HasPrefix(name, "fold/") || strings.HasPrefix(name, feed.PreferencePrefix)
}

// IsArchive tells by its first bytes whether a file may be an archive, and not, say,
// a list of subscriptions.
func IsArchive(head []byte) bool {
	return strings.HasPrefix(string(head), "PK\x03\x04") || strings.HasPrefix(string(head), "PK\x05\x06")
}
