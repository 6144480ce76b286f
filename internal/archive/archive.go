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
//	manifest.json      {"format":"tidings-archive","version":2,"last":{"feed":9,"entry":70,"story":41,"decision":2}}:
//	                   last are the greatest numbers ever given
//	feeds.jsonl        feed, url, title, folder, tags, added, paused, removed, canonical, site, and state: what
//	                   polling learned (the publisher's title, validators, when it is due …); durations in seconds
//	lists.jsonl        list, url, title, folder, added, canonical, site, state, members (canonical, feed, gone): the
//	                   OPML lists that are followed
//	settings.jsonl     name, value (base64): rules of folding, preferred feeds, the timetable of all feeds, how pages
//	                   look, how sites want to be asked, the id of the merged feed, when its documents changed. The
//	                   password and sessions never leave, and are never taken in; the keys in addresses of feeds are
//	                   written only on demand
//	icons.jsonl        source (a site, or a site and what a feed names), due (when it may be asked again), png (base64)
//	seen.jsonl         feed, entry, keys (what identifies it in its feed, 32 hexadecimal digits each, the strongest
//	                   first), hash (of the item as published, 16 digits), served, missed (days since 1970), absences:
//	                   a line for each entry ever seen, those that have expired too, by feed
//	bygone.jsonl       what expired and removed entries counted: hour, entries, stories, read, worth, opened over all
//	                   feeds, or day, feed, entries, shared, opened of one
//	stories.jsonl      story, urn (the id that leaves the house), lead (an entry), time (its place in the river),
//	                   updated, event (a story; absent: its own), relation (why: of, score, evidence), mark (read,
//	                   read_at, starred, star_at), members, by arrival, the lead first where a story stands on several
//	                   lines: entry (feed, guid, url, title, authors, published, updated, seen, revised, excerpt,
//	                   words, image, enclosures (url, type, length, duration), categories, language, source), body (summary and content as sanitised
//	                   HTML, contributors, links, comments, media, thumbnails, rights), verdict (why it is in the story:
//	                   level, of, score, need, evidence, apart, drifted, drift), sketch (base64; left out: made anew),
//	                   earlier (title, until, body: as it was before its last revision), page (what is kept of its
//	                   page: url, fetched, revised, title, text as sanitised HTML, words, part, etag, last_modified,
//	                   failure, status, error, tries, again)
//	decisions.jsonl    decision, kind ("split" or "join"), at, entries, from, to (stories), others, moved, verdicts, lead,
//	                   story, relation, mark, starred: what the reader said, and what taking it back needs
//	dissolved.jsonl    story, into: stories that went into others
//	unsubscribed.jsonl a feed that was unsubscribed from as long as that can be undone, as in feeds.jsonl, with
//	                   unsubscribed (when), entries (how many), hours (what its going added to bygone.jsonl)
//	unsubscribed-seen.jsonl, unsubscribed-stories.jsonl, unsubscribed-bygone.jsonl
//	                   what it had: as in seen.jsonl, stories.jsonl (an entry a line) and bygone.jsonl
//	subscribers.jsonl  topic, callback, secret, since, until, sent, failing: who has our feeds pushed to them. It
//	                   holds secrets, and is written only on demand
//
// An archive is as private as the data file: addresses of feeds stand in it whole, with
// the names and passwords that some have.
//
// # What of a data file leaves
//
// Of the tables that package boltstore names,
//
//	feeds.jsonl    has  subscription, state
//	lists.jsonl         list
//	settings.jsonl      setting, as far as is said above
//	icons.jsonl         icon
//	seen.jsonl          seen
//	bygone.jsonl        bygone
//	stories.jsonl       story, member, mark, entry, body, sketch, earlier, fulltext
//	decisions.jsonl     decision
//	dissolved.jsonl     dissolved
//	unsubscribed…       removed
//	subscribers.jsonl   subscriber
//
// Made anew from these are canon, due, arrival, river, unread, starred, event, counts and
// tally. What stays behind is of no use elsewhere: lease (what hubs promised to the address
// of this machine, with its secrets; in a state, the lease of a poll and until when a hub
// pushes), of settings the password, sessions, the key of the image proxy, what was
// found behind addresses and when marks were taken back, and meta (the schema, and a number for caches). Pictures are in
// no table: the cache beside the data file is filled anew.
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
)

// Version is that of the format. It grows when an older reader would lose something.
// Archives of all versions up to it are read. Version 1 had no icons, no pages, no
// earlier versions, and nothing of what went.
const Version = 2

const format = "tidings-archive"

// The files of an archive, in their order.
const (
	fileManifest    = "manifest.json"
	fileFeeds       = "feeds.jsonl"
	fileLists       = "lists.jsonl"
	fileSettings    = "settings.jsonl"
	fileIcons       = "icons.jsonl"
	fileSeen        = "seen.jsonl"
	fileBygone      = "bygone.jsonl"
	fileStories     = "stories.jsonl"
	fileDecisions   = "decisions.jsonl"
	fileDissolved   = "dissolved.jsonl"
	fileGone        = "unsubscribed.jsonl"
	fileGoneSeen    = "unsubscribed-seen.jsonl"
	fileGoneStories = "unsubscribed-stories.jsonl"
	fileGoneBygone  = "unsubscribed-bygone.jsonl"
	fileSubscribers = "subscribers.jsonl"
)

// IsArchive tells by its first bytes whether a file may be an archive, and not, say,
// a list of subscriptions.
func IsArchive(head []byte) bool {
	return strings.HasPrefix(string(head), "PK\x03\x04") || strings.HasPrefix(string(head), "PK\x05\x06")
}
