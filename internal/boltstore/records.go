package boltstore

import (
	"time"

	"tidings/internal/feed"
)

// The records of the data file. Their fields are numbered, never named, and a
// number is never used again for anything else: a reader of an older file finds
// a new field absent, and skips a number it doesn't know.

type subscriptionRecord struct {
	URL       string   `cbor:"1,keyasint"`
	Title     string   `cbor:"2,keyasint,omitempty"`
	Folder    string   `cbor:"3,keyasint,omitempty"`
	Added     int64    `cbor:"4,keyasint,omitempty"` // Unix milliseconds, like all times of subscription and state
	Paused    bool     `cbor:"5,keyasint,omitempty"`
	Canonical string   `cbor:"6,keyasint,omitempty"`
	Site      string   `cbor:"7,keyasint,omitempty"`
	Removed   int64    `cbor:"8,keyasint,omitempty"`
	Tags      []string `cbor:"9,keyasint,omitempty"`

	Every time.Duration `cbor:"10,keyasint,omitempty"`
	Least time.Duration `cbor:"11,keyasint,omitempty"`
	Most  time.Duration `cbor:"12,keyasint,omitempty"`
	Until int64         `cbor:"13,keyasint,omitempty"`

	Keep     string `cbor:"14,keyasint,omitempty"` // as feed.Keep writes it
	FullText bool   `cbor:"15,keyasint,omitempty"`
}

func recordSubscription(s feed.Subscription) subscriptionRecord {
	return subscriptionRecord{
		URL: s.URL, Title: s.Title, Folder: s.Folder, Added: millis(s.Added), Paused: s.Paused,
		Canonical: s.Canonical, Site: s.Site, Removed: millis(s.Removed), Tags: s.Tags,
		Every: s.When.Every, Least: s.When.Least, Most: s.When.Most, Until: millis(s.When.Until),
		Keep: s.Keep.String(), FullText: s.FullText,
	}
}

func (r subscriptionRecord) subscription(id uint64) feed.Subscription {
	keep, err := feed.ParseKeep(r.Keep)
	if err != nil {
		keep = feed.Keep{Ever: true} // nothing is lost for being damaged
	}
	return feed.Subscription{
		ID: id, URL: r.URL, Title: r.Title, Folder: r.Folder, Added: fromMillis(r.Added), Paused: r.Paused,
		Canonical: r.Canonical, Site: r.Site, Removed: fromMillis(r.Removed), Tags: r.Tags,
		When: feed.Timetable{Every: r.Every, Least: r.Least, Most: r.Most, Until: fromMillis(r.Until)},
		Keep: keep, FullText: r.FullText,
	}
}

type stateRecord struct {
	Title       string        `cbor:"1,keyasint,omitempty"`
	SiteURL     string        `cbor:"2,keyasint,omitempty"`
	Description string        `cbor:"3,keyasint,omitempty"`
	Language    string        `cbor:"4,keyasint,omitempty"`
	Icon        string        `cbor:"5,keyasint,omitempty"`
	Format      string        `cbor:"6,keyasint,omitempty"`
	Hub         string        `cbor:"7,keyasint,omitempty"`
	Self        string        `cbor:"8,keyasint,omitempty"`
	TTL         time.Duration `cbor:"9,keyasint,omitempty"` // nanoseconds, like all durations
	SkipHours   []int         `cbor:"10,keyasint,omitempty"`
	SkipDays    []int         `cbor:"11,keyasint,omitempty"` // Sunday is 0
	Update      time.Duration `cbor:"12,keyasint,omitempty"`
	MaxAge      time.Duration `cbor:"13,keyasint,omitempty"`

	ETag         string `cbor:"14,keyasint,omitempty"`
	LastModified string `cbor:"15,keyasint,omitempty"`
	BodyHash     []byte `cbor:"16,keyasint,omitempty"`

	Due      int64 `cbor:"17,keyasint,omitempty"`
	Lease    int64 `cbor:"18,keyasint,omitempty"`
	Polled   int64 `cbor:"19,keyasint,omitempty"`
	Answered int64 `cbor:"20,keyasint,omitempty"`
	Document int64 `cbor:"21,keyasint,omitempty"`
	Changed  int64 `cbor:"22,keyasint,omitempty"`

	Failures int    `cbor:"23,keyasint,omitempty"`
	Failure  string `cbor:"24,keyasint,omitempty"`
	Error    string `cbor:"25,keyasint,omitempty"`
	Since    int64  `cbor:"26,keyasint,omitempty"`
	HTTP     int    `cbor:"27,keyasint,omitempty"`

	NotBefore   int64  `cbor:"28,keyasint,omitempty"`
	Gone        bool   `cbor:"29,keyasint,omitempty"`
	Moved       string `cbor:"30,keyasint,omitempty"`
	Sightings   int    `cbor:"31,keyasint,omitempty"`
	ReusedGUIDs bool   `cbor:"32,keyasint,omitempty"`
	Empty       bool   `cbor:"33,keyasint,omitempty"`

	Mended []string `cbor:"34,keyasint,omitempty"`

	Base       int64  `cbor:"35,keyasint,omitempty"`
	MovedSince int64  `cbor:"36,keyasint,omitempty"`
	Why        string `cbor:"37,keyasint,omitempty"`
	Rhythm     []byte `cbor:"38,keyasint,omitempty"` // as feed.Rhythm gives it
	Ledger     []byte `cbor:"39,keyasint,omitempty"` // as feed.Ledger gives it

	PushUntil int64    `cbor:"60,keyasint,omitempty"`
	Hubs      []string `cbor:"61,keyasint,omitempty"`
	Cloud     string   `cbor:"62,keyasint,omitempty"`
}

// timetableRecord is the part of a stateRecord that a commit compares with the new
// one. To read no more than that saves a tenth of the cost of an unchanged poll.
type timetableRecord struct {
	Due       int64  `cbor:"17,keyasint,omitempty"`
	Lease     int64  `cbor:"18,keyasint,omitempty"`
	Failures  int    `cbor:"23,keyasint,omitempty"`
	Failure   string `cbor:"24,keyasint,omitempty"`
	NotBefore int64  `cbor:"28,keyasint,omitempty"`
	Gone      bool   `cbor:"29,keyasint,omitempty"`
}

func recordState(s *feed.State) stateRecord {
	r := stateRecord{
		Title: s.Title, SiteURL: s.SiteURL, Description: s.Description, Language: s.Language, Icon: s.Icon,
		Format: s.Format, Hub: s.Hub, Self: s.Self,
		TTL: s.Hints.TTL, SkipHours: s.Hints.SkipHours, Update: s.Hints.Update, MaxAge: s.Hints.MaxAge,
		ETag: s.ETag, LastModified: s.LastModified,
		Due: millis(s.Due), Lease: millis(s.Lease), Polled: millis(s.Polled), Answered: millis(s.Answered),
		Document: millis(s.Document), Changed: millis(s.Changed),
		Failures: s.Failures, Failure: string(s.Failure), Error: s.Error, Since: millis(s.Since), HTTP: s.HTTP,
		NotBefore: millis(s.NotBefore), Gone: s.Gone, Moved: s.Moved, Sightings: s.Sightings,
		ReusedGUIDs: s.ReusedGUIDs, Empty: s.Empty, Mended: s.Mended,
		Base: millis(s.Hints.Base), MovedSince: millis(s.MovedSince), Why: s.Why, Rhythm: s.Rhythm.Bytes(), Ledger: s.Ledger.Bytes(),
	}
	if s.BodyHash != [32]byte{} {
		r.BodyHash = s.BodyHash[:]
	}
	r.PushUntil, r.Hubs, r.Cloud = millis(s.PushUntil), s.Hubs, s.Cloud
	for _, d := range s.Hints.SkipDays {
		r.SkipDays = append(r.SkipDays, int(d))
	}
	return r
}

func (r *stateRecord) state(id uint64) feed.State {
	s := feed.State{
		Feed:  id,
		Title: r.Title, SiteURL: r.SiteURL, Description: r.Description, Language: r.Language, Icon: r.Icon,
		Format: r.Format, Hub: r.Hub, Self: r.Self,
		Hints: feed.Hints{TTL: r.TTL, SkipHours: r.SkipHours, Update: r.Update, MaxAge: r.MaxAge, Base: fromMillis(r.Base)},
		ETag:  r.ETag, LastModified: r.LastModified,
		Due: fromMillis(r.Due), Lease: fromMillis(r.Lease), Polled: fromMillis(r.Polled), Answered: fromMillis(r.Answered),
		Document: fromMillis(r.Document), Changed: fromMillis(r.Changed),
		Failures: r.Failures, Failure: feed.FailureKind(r.Failure), Error: r.Error, Since: fromMillis(r.Since), HTTP: r.HTTP,
		NotBefore: fromMillis(r.NotBefore), Gone: r.Gone, Moved: r.Moved, Sightings: r.Sightings,
		ReusedGUIDs: r.ReusedGUIDs, Empty: r.Empty, Mended: r.Mended,
		MovedSince: fromMillis(r.MovedSince), Why: r.Why, Ledger: feed.LedgerOf(r.Ledger),
	}
	s.Rhythm, _ = feed.RhythmOf(r.Rhythm) // a damaged one is learned anew
	copy(s.BodyHash[:], r.BodyHash)
	s.PushUntil, s.Hubs, s.Cloud = fromMillis(r.PushUntil), r.Hubs, r.Cloud
	for _, d := range r.SkipDays {
		s.Hints.SkipDays = append(s.Hints.SkipDays, time.Weekday(d))
	}
	return s
}

type entryRecord struct {
	Feed       uint64            `cbor:"1,keyasint"`
	Story      uint64            `cbor:"2,keyasint"`
	GUID       string            `cbor:"3,keyasint,omitempty"`
	URL        string            `cbor:"4,keyasint,omitempty"`
	GUIDIsURL  bool              `cbor:"5,keyasint,omitempty"` // GUID is left out, being the same as URL
	Title      string            `cbor:"6,keyasint,omitempty"`
	Authors    []personRecord    `cbor:"7,keyasint,omitempty"`
	Published  int64             `cbor:"8,keyasint,omitempty"` // Unix seconds, like all times of an entry
	Updated    int64             `cbor:"9,keyasint,omitempty"`
	Seen       int64             `cbor:"10,keyasint,omitempty"`
	Revised    int64             `cbor:"11,keyasint,omitempty"`
	Excerpt    string            `cbor:"12,keyasint,omitempty"`
	Words      int               `cbor:"13,keyasint,omitempty"`
	Image      string            `cbor:"14,keyasint,omitempty"`
	Enclosures []enclosureRecord `cbor:"15,keyasint,omitempty"`
	Categories []string          `cbor:"16,keyasint,omitempty"`
	Language   string            `cbor:"17,keyasint,omitempty"`
	SourceID   string            `cbor:"18,keyasint,omitempty"`
	Source     string            `cbor:"19,keyasint,omitempty"`
	SourceLink string            `cbor:"20,keyasint,omitempty"`
}

func recordEntry(e *feed.Entry) entryRecord {
	r := entryRecord{
		Feed: e.Feed, Story: e.Story, GUID: e.GUID, URL: e.URL, Title: e.Title, Authors: recordPeople(e.Authors),
		Published: seconds(e.Published), Updated: seconds(e.Updated), Seen: seconds(e.Seen), Revised: seconds(e.Revised),
		Excerpt: e.Excerpt, Words: e.Words, Image: e.Image, Categories: e.Categories, Language: e.Language,
		SourceID: e.Source.ID, Source: e.Source.Title, SourceLink: e.Source.Link,
	}
	if e.GUID != "" && e.GUID == e.URL {
		r.GUID, r.GUIDIsURL = "", true
	}
	for _, c := range e.Enclosures {
		r.Enclosures = append(r.Enclosures, enclosureRecord(c))
	}
	return r
}

func (r *entryRecord) entry(id uint64) feed.Entry {
	e := feed.Entry{
		ID: id, Feed: r.Feed, Story: r.Story, GUID: r.GUID, URL: r.URL, Title: r.Title, Authors: people(r.Authors),
		Published: fromSeconds(r.Published), Updated: fromSeconds(r.Updated), Seen: fromSeconds(r.Seen), Revised: fromSeconds(r.Revised),
		Excerpt: r.Excerpt, Words: r.Words, Image: r.Image, Categories: r.Categories, Language: r.Language,
		Source: feed.Source{ID: r.SourceID, Title: r.Source, Link: r.SourceLink},
	}
	if r.GUIDIsURL {
		e.GUID = r.URL
	}
	for _, c := range r.Enclosures {
		e.Enclosures = append(e.Enclosures, feed.Enclosure(c))
	}
	return e
}

type bodyRecord struct {
	Summary      string         `cbor:"1,keyasint,omitempty"`
	Content      string         `cbor:"2,keyasint,omitempty"`
	Contributors []personRecord `cbor:"3,keyasint,omitempty"`
	Links        []linkRecord   `cbor:"4,keyasint,omitempty"`
	Comments     string         `cbor:"5,keyasint,omitempty"`
	Media        []string       `cbor:"6,keyasint,omitempty"`
	Thumbnails   []string       `cbor:"7,keyasint,omitempty"`
	Rights       string         `cbor:"8,keyasint,omitempty"`
}

func recordBody(b *feed.Body) bodyRecord {
	r := bodyRecord{
		Summary: string(b.Summary), Content: string(b.Content), Contributors: recordPeople(b.Contributors),
		Comments: b.Comments, Media: b.Media, Thumbnails: b.Thumbnails, Rights: string(b.Rights),
	}
	for _, l := range b.Links {
		r.Links = append(r.Links, linkRecord(l))
	}
	return r
}

func (r *bodyRecord) body() feed.Body {
	b := feed.Body{
		Summary: feed.HTML(r.Summary), Content: feed.HTML(r.Content), Contributors: people(r.Contributors),
		Comments: r.Comments, Media: r.Media, Thumbnails: r.Thumbnails, Rights: feed.HTML(r.Rights),
	}
	for _, l := range r.Links {
		b.Links = append(b.Links, feed.Link(l))
	}
	return b
}

type personRecord struct {
	Name  string `cbor:"1,keyasint,omitempty"`
	Email string `cbor:"2,keyasint,omitempty"`
	URI   string `cbor:"3,keyasint,omitempty"`
}

func recordPeople(ps []feed.Person) (rs []personRecord) {
	for _, p := range ps {
		rs = append(rs, personRecord(p))
	}
	return rs
}

func people(rs []personRecord) (ps []feed.Person) {
	for _, r := range rs {
		ps = append(ps, feed.Person(r))
	}
	return ps
}

type linkRecord struct {
	Href string `cbor:"1,keyasint,omitempty"`
	Rel  string `cbor:"2,keyasint,omitempty"`
	Type string `cbor:"3,keyasint,omitempty"`
}

type enclosureRecord struct {
	URL      string        `cbor:"1,keyasint,omitempty"`
	Type     string        `cbor:"2,keyasint,omitempty"`
	Length   int64         `cbor:"3,keyasint,omitempty"`
	Duration time.Duration `cbor:"4,keyasint,omitempty"`
}
