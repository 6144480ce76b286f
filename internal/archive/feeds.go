package archive

import (
	"errors"
	"net/url"
	"time"

	"tidings/internal/feed"
)

type manifest struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Last    struct {
		Feed     number `json:"feed"`
		Entry    number `json:"entry"`
		Story    number `json:"story"`
		Decision number `json:"decision"`
		List     number `json:"list,omitempty"`
	} `json:"last"`
}

func manifestOf(n *feed.Numbers) *manifest {
	m := &manifest{Format: format, Version: Version}
	m.Last.Feed, m.Last.Entry, m.Last.Story, m.Last.Decision = number(n.Feeds), number(n.Entries), number(n.Stories), number(n.Decisions)
	m.Last.List = number(n.Lists)
	return m
}

type listLine struct {
	List      number       `json:"list"`
	URL       text         `json:"url"`
	Title     text         `json:"title,omitempty"`
	Folder    text         `json:"folder,omitempty"`
	Added     time.Time    `json:"added,omitzero"`
	Canonical text         `json:"canonical,omitempty"`
	Site      text         `json:"site,omitempty"`
	State     stateLine    `json:"state,omitzero"`
	Members   []listedLine `json:"members,omitempty"`
}

type listedLine struct {
	Canonical text      `json:"canonical"`
	Feed      number    `json:"feed,omitempty"`
	Gone      time.Time `json:"gone,omitzero"`
}

func newList(f *feed.List) *listLine {
	l := &listLine{
		List: number(f.ID), URL: text(f.URL), Title: text(f.Title), Folder: text(f.Folder), Added: at(f.Added),
		Canonical: text(f.Canonical), Site: text(f.Site), State: newState(&f.State),
	}
	for _, m := range f.Members {
		l.Members = append(l.Members, listedLine{text(m.Canonical), number(m.Feed), at(m.Gone)})
	}
	return l
}

func (l *listLine) fact() (any, error) {
	if l.List == 0 || !absolute(l.URL) || l.Canonical == "" {
		return nil, errors.New("the list has no number, no http or https address, or no canonical one")
	}
	f := &feed.List{
		ID: uint64(l.List), URL: string(l.URL), Title: string(l.Title), Folder: string(l.Folder), Added: at(l.Added),
		Canonical: string(l.Canonical), Site: string(l.Site), State: l.State.state(0),
	}
	for _, m := range l.Members {
		f.Members = append(f.Members, feed.Listed{Canonical: string(m.Canonical), Feed: uint64(m.Feed), Gone: at(m.Gone)})
	}
	return f, nil
}

// absolute reports whether an address can be polled.
func absolute(t text) bool {
	u, err := url.Parse(string(t))
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

type feedLine struct {
	Feed      number    `json:"feed"`
	URL       text      `json:"url"`
	Title     text      `json:"title,omitempty"`
	Folder    text      `json:"folder,omitempty"`
	Tags      []text    `json:"tags,omitempty"`
	Added     time.Time `json:"added,omitzero"`
	Paused    bool      `json:"paused,omitempty"`
	Removed   time.Time `json:"removed,omitzero"`
	Canonical text      `json:"canonical,omitempty"`
	Site      text      `json:"site,omitempty"`
	Every     span      `json:"every,omitempty"` // what the reader says about when it is polled
	Least     span      `json:"at_least,omitempty"`
	Most      span      `json:"at_most,omitempty"`
	Until     time.Time `json:"paused_until,omitzero"`
	Keep      text      `json:"keep,omitempty"` // as feed.Keep writes it
	FullText  bool      `json:"full_text,omitempty"`
	State     stateLine `json:"state,omitzero"`
}

func newFeed(k *feed.KeptFeed) *feedLine {
	s := &k.Subscription
	return &feedLine{
		Feed: number(s.ID), URL: text(s.URL), Title: text(s.Title), Folder: text(s.Folder), Tags: texts(s.Tags), Added: at(s.Added),
		Paused: s.Paused, Removed: at(s.Removed), Canonical: text(s.Canonical), Site: text(s.Site),
		Every: span(s.When.Every), Least: span(s.When.Least), Most: span(s.When.Most), Until: at(s.When.Until),
		Keep: text(s.Keep.String()), FullText: s.FullText, State: newState(&k.State),
	}
}

func (l *feedLine) fact() (any, error) {
	switch {
	case l.Feed == 0:
		return nil, errors.New("the feed has no number")
	case !absolute(l.URL):
		return nil, errors.New("the feed has no http or https address")
	}
	keep, err := feed.ParseKeep(string(l.Keep))
	if err != nil {
		keep = feed.Keep{Ever: true} // nothing is lost for not being understood
	}
	return &feed.KeptFeed{
		Subscription: feed.Subscription{
			ID: uint64(l.Feed), URL: string(l.URL), Title: string(l.Title), Folder: string(l.Folder), Tags: plain(l.Tags), Added: at(l.Added),
			Paused: l.Paused, Removed: at(l.Removed), Canonical: string(l.Canonical), Site: string(l.Site),
			When: feed.Timetable{Every: time.Duration(l.Every), Least: time.Duration(l.Least), Most: time.Duration(l.Most), Until: at(l.Until)},
			Keep: keep, FullText: l.FullText,
		},
		State: l.State.state(uint64(l.Feed)),
	}, nil
}

type stateLine struct {
	Title        text      `json:"title,omitempty"`
	SiteURL      text      `json:"site_url,omitempty"`
	Description  text      `json:"description,omitempty"`
	Language     text      `json:"language,omitempty"`
	Icon         text      `json:"icon,omitempty"`
	Format       text      `json:"format,omitempty"`
	Hub          text      `json:"hub,omitempty"`
	Self         text      `json:"self,omitempty"`
	TTL          span      `json:"ttl,omitempty"`
	SkipHours    []int     `json:"skip_hours,omitempty"`
	SkipDays     []int     `json:"skip_days,omitempty"` // Sunday is 0
	Update       span      `json:"update,omitempty"`
	MaxAge       span      `json:"max_age,omitempty"`
	ETag         text      `json:"etag,omitempty"`
	LastModified text      `json:"last_modified,omitempty"`
	BodyHash     []byte    `json:"body_hash,omitempty"`
	Due          time.Time `json:"due,omitzero"`
	Polled       time.Time `json:"polled,omitzero"`
	Answered     time.Time `json:"answered,omitzero"`
	Document     time.Time `json:"document,omitzero"`
	Changed      time.Time `json:"changed,omitzero"`
	Failures     int       `json:"failures,omitempty"`
	Failure      text      `json:"failure,omitempty"`
	Error        text      `json:"error,omitempty"`
	Since        time.Time `json:"since,omitzero"`
	HTTP         int       `json:"http,omitempty"`
	NotBefore    time.Time `json:"not_before,omitzero"`
	Gone         bool      `json:"gone,omitempty"`
	Moved        text      `json:"moved,omitempty"`
	Sightings    int       `json:"sightings,omitempty"`
	ReusedGUIDs  bool      `json:"reused_guids,omitempty"`
	Empty        bool      `json:"empty,omitempty"`
	Mended       []text    `json:"mended,omitempty"`
	Hubs         []text    `json:"hubs,omitempty"`
	Cloud        text      `json:"cloud,omitempty"`
	Base         time.Time `json:"update_base,omitzero"`
	MovedSince   time.Time `json:"moved_since,omitzero"`
	Why          text      `json:"why,omitempty"`
	Rhythm       []byte    `json:"rhythm,omitempty"` // as feed.Rhythm writes it
	Ledger       []byte    `json:"ledger,omitempty"` // as feed.Ledger writes it
}

func newState(s *feed.State) stateLine {
	l := stateLine{
		Title: text(s.Title), SiteURL: text(s.SiteURL), Description: text(s.Description), Language: text(s.Language), Icon: text(s.Icon),
		Format: text(s.Format), Hub: text(s.Hub), Self: text(s.Self),
		TTL: span(s.Hints.TTL), SkipHours: s.Hints.SkipHours, Update: span(s.Hints.Update), MaxAge: span(s.Hints.MaxAge),
		ETag: text(s.ETag), LastModified: text(s.LastModified), BodyHash: sum(s.BodyHash),
		Due: at(s.Due), Polled: at(s.Polled), Answered: at(s.Answered), Document: at(s.Document), Changed: at(s.Changed),
		Failures: s.Failures, Failure: text(s.Failure), Error: text(s.Error), Since: at(s.Since), HTTP: s.HTTP,
		NotBefore: at(s.NotBefore), Gone: s.Gone, Moved: text(s.Moved), Sightings: s.Sightings, ReusedGUIDs: s.ReusedGUIDs, Empty: s.Empty,
		Mended: texts(s.Mended), Hubs: texts(s.Hubs), Cloud: text(s.Cloud), Base: at(s.Hints.Base), MovedSince: at(s.MovedSince), Why: text(s.Why),
		Rhythm: s.Rhythm.Bytes(), Ledger: s.Ledger.Bytes(),
	}
	for _, d := range s.Hints.SkipDays {
		l.SkipDays = append(l.SkipDays, int(d))
	}
	return l
}

func (l *stateLine) state(id uint64) feed.State {
	s := feed.State{
		Feed: id, Title: string(l.Title), SiteURL: web(l.SiteURL), Description: string(l.Description), Language: string(l.Language), Icon: web(l.Icon),
		Format: string(l.Format), Hub: web(l.Hub), Self: web(l.Self),
		Hints: feed.Hints{TTL: time.Duration(l.TTL), SkipHours: l.SkipHours, Update: time.Duration(l.Update), MaxAge: time.Duration(l.MaxAge)},
		ETag:  string(l.ETag), LastModified: string(l.LastModified), BodyHash: unsum(l.BodyHash),
		Due: at(l.Due), Polled: at(l.Polled), Answered: at(l.Answered), Document: at(l.Document), Changed: at(l.Changed),
		Failures: l.Failures, Failure: feed.FailureKind(l.Failure), Error: string(l.Error), Since: at(l.Since), HTTP: l.HTTP,
		NotBefore: at(l.NotBefore), Gone: l.Gone, Moved: web(l.Moved), Sightings: l.Sightings, ReusedGUIDs: l.ReusedGUIDs, Empty: l.Empty,
		Mended: plain(l.Mended), MovedSince: at(l.MovedSince), Why: string(l.Why), Ledger: feed.LedgerOf(l.Ledger),
	}
	s.Hints.Base, s.Cloud = at(l.Base), web(l.Cloud)
	s.Rhythm, _ = feed.RhythmOf(l.Rhythm) // a damaged one is learned anew
	for _, h := range l.Hubs {
		s.Hubs = append(s.Hubs, web(h))
	}
	for _, d := range l.SkipDays {
		s.Hints.SkipDays = append(s.Hints.SkipDays, time.Weekday(d))
	}
	return s
}

type seenLine struct {
	Feed     number `json:"feed"`
	Entry    number `json:"entry"`
	Keys     []key  `json:"keys,omitempty"`
	Hash     hash   `json:"hash"`
	Served   int32  `json:"served,omitempty"`
	Absences int32  `json:"absences,omitempty"`
	Missed   int32  `json:"missed,omitempty"`
}

func newSeen(k *feed.KeptSeen) *seenLine {
	l := &seenLine{Feed: number(k.Feed), Entry: number(k.Entry), Hash: hash(k.Hash), Served: k.Served, Absences: k.Absences, Missed: k.Missed}
	for _, x := range k.Keys {
		l.Keys = append(l.Keys, key(x))
	}
	return l
}

func (l *seenLine) fact() (any, error) {
	if l.Feed == 0 || l.Entry == 0 {
		return nil, errors.New("feed or entry has no number")
	}
	k := &feed.KeptSeen{Feed: uint64(l.Feed), Entry: uint64(l.Entry), Hash: uint64(l.Hash), Served: l.Served, Absences: l.Absences, Missed: l.Missed}
	for _, x := range l.Keys {
		k.Keys = append(k.Keys, feed.Key(x))
	}
	return k, nil
}

type subscriberLine struct {
	Topic    text      `json:"topic"`
	Callback text      `json:"callback"`
	Secret   text      `json:"secret,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Until    time.Time `json:"until"`
	Sent     []byte    `json:"sent,omitempty"`
	Failing  time.Time `json:"failing,omitzero"`
}

func newSubscriber(s *feed.Subscriber) *subscriberLine {
	return &subscriberLine{
		Topic: text(s.Topic), Callback: text(s.Callback), Secret: text(s.Secret), Since: at(s.Since), Until: at(s.Until),
		Sent: sum(s.Sent), Failing: at(s.Failing),
	}
}

func (l *subscriberLine) fact() (any, error) {
	if web(l.Topic) == "" || web(l.Callback) == "" || l.Until.IsZero() {
		return nil, errors.New("topic, callback or end of the lease is missing")
	}
	return &feed.Subscriber{
		Topic: string(l.Topic), Callback: string(l.Callback), Secret: string(l.Secret), Since: at(l.Since), Until: at(l.Until),
		Sent: unsum(l.Sent), Failing: at(l.Failing),
	}, nil
}
