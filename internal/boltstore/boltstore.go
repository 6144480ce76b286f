// Package boltstore keeps everything tidings knows in one bbolt file.
//
// # The tables
//
// The file is a set of flat buckets. Keys are numbers in big-endian order, so
// that a bucket's order is the order of what it means; all of them are built and
// split in keys.go. Values are CBOR records with numbered fields (records.go,
// storyrecords.go) unless said otherwise. Facts can't be had from anywhere else:
//
//	subscription  feed                  → what the reader chose
//	state         feed                  → what polling learned
//	entry         entry                 → the part that lists show
//	body          entry                 → the heavy part, compressed
//	earlier       entry                 → title and body before its last revision that changed its words, and when that was seen
//	seen          feed, entry           → hash of the item, day of last service, absences, keys (packed)
//	story         story                 → URN, lead, time, updated; its event and why, if that is another story's
//	member        story, entry, feed    → verdict; empty for a founder of whom there is nothing to tell
//	mark          story                 → read, starred, and when; absent: neither
//	sketch        seen, entry           → feed, story, sketch; the event, if that is another story's (packed)
//	setting       name                  → bytes of whoever set it
//	decision      decision              → what the reader said of two stories, and how it was before
//	dissolved     story                 → story that it went into, by a decision or a rebuild
//	list          list                  → OPML list that is followed, how its polling goes, the feeds that it names or named
//	lease         callback              → hub that pushes a feed to us, or is asked to, and until when
//	icon          "s", source           → when it may be asked again, hash of its icon (packed)
//	icon          "h", hash             → the icon, a PNG
//	fulltext      entry                 → text of its page, its validators, and why it couldn't be had
//	bygone        as tally              → what expired and removed entries counted
//	removed       0, feed, 0            → feed that the reader unsubscribed from, and when, as long as that can be undone
//	removed       1, feed, entry        → its entries, and what goes with them; 2: what was remembered of them; 3: rows of bygone
//	subscriber    hash of its addresses → who has a feed of ours pushed to it
//
// Indexes follow from the facts. [Store.Check] compares the two, and
// [Store.Repair] makes the indexes anew:
//
//	canon         canonical address     → feed
//	due           time, feed            → leased or not, site (packed)
//	arrival       feed, entry           → when it was seen (packed): a feed's entries, oldest first
//	river         feed, time, story     → nothing: the stories that a feed tells; feed 0: all
//	unread        feed, time, story     → the same, of unread stories
//	starred       time, story           → nothing
//	event         event, story          → nothing: the stories of events that have another than their first one
//	counts        "f", feed             → entries, unread stories (packed)
//	counts        "folders"             → unread stories by folder, parents include children
//	counts        "tags"                → unread stories by tag
//	counts        "totals"              → what [feed.Stats] tells
//	tally         0, day, 0             → what its hours count, in UTC (packed): [feed.HourTally]
//	tally         1, days / 32, feed    → what its days count for a feed (packed): [feed.DayTally]
//
// The bucket meta has the schema number and the version that readers' caches go
// by. The last numbers given to feeds, entries, stories and decisions are the
// sequences of their buckets, so a number is never used again, not even that of the
// newest entry after its removal.
//
// # What it promises
//
//   - A commit lands whole or not at all, and what landed survives a kill -9.
//   - A story's place in the river (its time to the second, then its number) never
//     moves. A copy joins at the story's place, and never makes it unread.
//   - A story's lead is the entry that [feed.Lead] chooses. It is chosen anew when an
//     entry joins or leaves the story or is revised, and when the reader prefers
//     another feed; nothing else of the story changes with it.
//   - Entries go from one story to another at the reader's word or in a rebuild, and
//     never else. The stories stay where they are, with their numbers, URNs and
//     marks; one without entries is dissolved, and known by its number as long as what
//     it went into is there. No star is lost, and nothing that was read becomes unread.
//   - A decision is kept until it is undone, whatever expires, and is never changed but
//     where undoing another one has the last word on the entries that it moves.
//   - An event is a number that stories share, and that outlives the first of them.
//   - seen outlives entries: what expired doesn't come back as new. Marks go with
//     their story; seen is its tombstone. It is forgotten when the entry has expired
//     and seven documents were without it, each at least 30 days younger than the
//     one that counted before, or than its last service. One short document after
//     years of quiet is one absence, and a document that carries it ends the count.
//   - Of two polls of one feed the later claim counts: a harvest that answers a
//     lease other than the one in force changes nothing.
//   - Times of entries, stories and their places are kept to the second, those of
//     subscriptions, states and marks to the millisecond, all in UTC. The zero time
//     stays zero, and so becomes midnight of 1970-01-01 UTC, which no publisher means.
//     Empty slices come back nil.
//   - Nothing of bbolt leaves: answers are copies, read in short transactions.
//
// There is one writer at a time. Records are encoded and compressed before its
// transaction begins. What lists show of a feed is kept in memory for all feeds
// (type outlets), as are the last lease given for each (type leases), the change by
// which its line in lists changed last (type roster), which followed lists no longer name
// it (type flags), and what is known of the sources of icons.
//
// The store decides nothing: when to poll, which story an entry tells, and what
// to keep is said by package poller; what HTML is safe by package sanitize, whose
// word it takes for bodies that it brings back.
package boltstore

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
)

// Store is an open data file. It is safe for concurrent use. Make one with [Open].
type Store struct {
	db       *bolt.DB
	path     string
	log      *slog.Logger
	codec    *codec
	readOnly bool

	entries atomic.Uint64 // the last number given to an entry
	stories atomic.Uint64 // and to a story
	version atomic.Uint64 // as the file has it
	pulse   pulse
	roster  roster
	outlets atomic.Pointer[outlets]
	wake    wake
	icons   icons
	flags   flags

	write  sync.Mutex   // held by the one writer; guards what follows
	expiry expiry       // how far the present round of Expire is
	leases leases       // given by Claim
	fault  func() error // set by tests: called before a transaction commits
}

// Close closes the data file. It waits for transactions that are under way.
func (s *Store) Close() error {
	err := s.db.Close()
	s.codec.close()
	if err != nil {
		return fmt.Errorf("close data file: %w", err)
	}
	return nil
}

// NextEntry gives a number for a new entry. Numbers ascend and are never used
// again; one that isn't committed may be given again after a restart.
func (s *Store) NextEntry() uint64 { return s.entries.Add(1) }

// NextStory gives a number for a new story, like [Store.NextEntry].
func (s *Store) NextStory() uint64 { return s.stories.Add(1) }

// Version is a number that moves with every change that a reader could see in
// stories: arrivals, joins, revisions, removals, titles and folders of feeds. It
// doesn't move with marks or polls that brought nothing, and survives restarts.
// Ask for it before reading what is to be kept under it.
func (s *Store) Version() uint64 { return s.version.Load() }

// Changed gives a channel that is closed when something that a page shows has
// changed next: stories (whenever [Store.Version] moves), a mark, what is followed,
// a feed's title, or what ails a feed. Polls that brought nothing, claims and
// settings don't count. Ask for it before reading what is to be kept until then.
func (s *Store) Changed() <-chan struct{} { return s.wake.wait() }

// wake tells any number of waiters that something happened.
type wake struct {
	mu sync.Mutex
	ch chan struct{}
}

func (w *wake) wait() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ch == nil {
		w.ch = make(chan struct{})
	}
	return w.ch
}

func (w *wake) all() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ch != nil {
		close(w.ch)
		w.ch = nil
	}
}

// view runs fn in a read transaction. What fn keeps must be copies.
func (s *Store) view(ctx context.Context, fn func(*txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o, err := s.loadOutlets() // before the transaction: it may wait for the writer, who may wait for readers
	if err != nil {
		return err
	}
	return s.read(func(tx *bolt.Tx) error {
		return fn(&txn{tx: tx, codec: s.codec, outlets: o})
	})
}

// update runs fn in the write transaction, then settles what it counted. If
// nothing was written, nothing is committed.
func (s *Store) update(ctx context.Context, fn func(*work) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.write.Lock()
	defer s.write.Unlock()
	o, err := s.outletsLocked()
	if err != nil {
		return err
	}
	s.allot()
	tx, err := s.db.Begin(true)
	if err != nil {
		return fmt.Errorf("begin writing: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	w := &work{txn: txn{tx: tx, codec: s.codec, outlets: o}}
	return survive(func() error {
		if err := fn(w); err != nil {
			return err
		}
		return s.commit(w)
	})
}

// commit settles and commits what w wrote, then tells the world.
func (s *Store) commit(w *work) error {
	if err := w.settle(); err != nil {
		return err
	}
	if !w.dirty {
		return nil
	}
	if s.fault != nil {
		if err := s.fault(); err != nil {
			return err
		}
	}
	if err := w.tx.Commit(); err != nil {
		return fmt.Errorf("write data file: %w", err)
	}
	s.outlets.Store(w.outlets)
	s.roster.note(w)
	if w.relisted {
		s.flags.changes.Add(1)
	}
	if w.version > 0 {
		s.version.Store(w.version)
		s.pulse.beat(w)
	}
	if w.marked {
		s.pulse.marks.Add(1)
	}
	if w.version > 0 || w.shown {
		s.wake.all()
	}
	return nil
}
