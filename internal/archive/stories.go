package archive

import (
	"errors"
	"time"

	"tidings/internal/feed"
)

// clean makes HTML of what an archive calls so.
type clean func(fragment string) feed.HTML

type storyLine struct {
	Story    number       `json:"story"`
	URN      text         `json:"urn"`
	Lead     number       `json:"lead"`
	Time     time.Time    `json:"time"`
	Updated  time.Time    `json:"updated,omitzero"`
	Event    number       `json:"event,omitempty"`
	Relation relation     `json:"relation,omitzero"`
	Mark     mark         `json:"mark,omitzero"`
	Members  []memberLine `json:"members"`
}

type relation struct {
	Of       number  `json:"of,omitempty"`
	Score    float64 `json:"score,omitempty"`
	Evidence text    `json:"evidence,omitempty"`
}

type mark struct {
	Read    bool      `json:"read,omitempty"`
	ReadAt  time.Time `json:"read_at,omitzero"`
	Starred bool      `json:"starred,omitempty"`
	StarAt  time.Time `json:"star_at,omitzero"`
	Opened  time.Time `json:"opened,omitzero"`
}

func newMark(m feed.Mark) mark {
	return mark{m.Read, at(m.ReadAt), m.Starred, at(m.StarAt), at(m.Opened)}
}

func (m mark) mark() feed.Mark {
	return feed.Mark{Read: m.Read, ReadAt: at(m.ReadAt), Starred: m.Starred, StarAt: at(m.StarAt), Opened: at(m.Opened)}
}

type memberLine struct {
	Entry   entry    `json:"entry"`
	Body    body     `json:"body,omitzero"`
	Verdict verdict  `json:"verdict,omitzero"`
	Sketch  []byte   `json:"sketch,omitempty"`
	Earlier *earlier `json:"earlier,omitempty"`
	Page    *page    `json:"page,omitempty"`
}

func newStory(k *feed.KeptStory) *storyLine {
	l := &storyLine{Mark: newMark(k.Mark)}
	l.head(&k.Story, k.Relation)
	for i := range k.Members {
		m := &k.Members[i]
		l.Members = append(l.Members, memberLine{newEntry(&m.Entry), newBody(&m.Body), newVerdict(m.Verdict), m.Sketch, newEarlier(m.Earlier), newPage(m.FullText)})
	}
	return l
}

// head is the part of the line that a decision has of a story too.
func (l *storyLine) head(st *feed.Story, why feed.Relation) {
	l.Story, l.URN, l.Lead, l.Time, l.Updated = number(st.ID), text(st.URN), number(st.Lead), at(st.Time), at(st.Updated)
	if st.Event != st.ID {
		l.Event = number(st.Event)
	}
	l.Relation = relation{number(why.Of), why.Score, text(why.Evidence)}
}

func (l *storyLine) story() feed.Story {
	st := feed.Story{ID: uint64(l.Story), URN: string(l.URN), Lead: uint64(l.Lead), Time: at(l.Time).Truncate(time.Second), Updated: at(l.Updated), Event: uint64(l.Event)}
	if st.Event == 0 {
		st.Event = st.ID
	}
	return st
}

func (r relation) relation() feed.Relation {
	return feed.Relation{Of: uint64(r.Of), Score: r.Score, Evidence: string(r.Evidence)}
}

// fact gives the story, its HTML made by c; with a nil c without bodies.
func (l *storyLine) fact(c clean) (any, error) {
	if l.Story == 0 || l.URN == "" || l.Time.IsZero() || len(l.Members) == 0 {
		return nil, errors.New("the story lacks its number, URN, time or members")
	}
	k := &feed.KeptStory{Story: l.story(), Relation: l.Relation.relation(), Mark: l.Mark.mark()}
	for i := range l.Members {
		m := &l.Members[i]
		if m.Entry.Entry == 0 || m.Entry.Feed == 0 {
			return nil, errors.New("an entry has no number, or its feed has none")
		}
		kept := feed.KeptMember{Entry: m.Entry.entry(uint64(l.Story)), Verdict: m.Verdict.verdict(), Sketch: m.Sketch}
		if c != nil {
			kept.Body, kept.Earlier, kept.FullText = m.Body.body(c), m.Earlier.version(c), m.Page.fullText(m.Entry.Entry, c)
		}
		k.Members = append(k.Members, kept)
	}
	return k, nil
}

type entry struct {
	Entry      number      `json:"entry"`
	Feed       number      `json:"feed"`
	GUID       text        `json:"guid,omitempty"`
	URL        text        `json:"url,omitempty"`
	Title      text        `json:"title,omitempty"`
	Authors    []person    `json:"authors,omitempty"`
	Published  time.Time   `json:"published,omitzero"`
	Updated    time.Time   `json:"updated,omitzero"`
	Seen       time.Time   `json:"seen,omitzero"`
	Revised    time.Time   `json:"revised,omitzero"`
	Excerpt    text        `json:"excerpt,omitempty"`
	Words      int         `json:"words,omitempty"`
	Image      text        `json:"image,omitempty"`
	Enclosures []enclosure `json:"enclosures,omitempty"`
	Categories []text      `json:"categories,omitempty"`
	Language   text        `json:"language,omitempty"`
	Source     source      `json:"source,omitzero"`
}

type person struct {
	Name  text `json:"name,omitempty"`
	Email text `json:"email,omitempty"`
	URI   text `json:"uri,omitempty"`
}

type enclosure struct {
	URL      text  `json:"url"`
	Type     text  `json:"type,omitempty"`
	Length   int64 `json:"length,omitempty"`
	Duration span  `json:"duration,omitempty"`
}

type source struct {
	ID    text `json:"id,omitempty"`
	Title text `json:"title,omitempty"`
	Link  text `json:"link,omitempty"`
}

func newPeople(ps []feed.Person) (all []person) {
	for _, p := range ps {
		all = append(all, person{text(p.Name), text(p.Email), text(p.URI)})
	}
	return all
}

func people(ps []person) (all []feed.Person) {
	for _, p := range ps {
		all = append(all, feed.Person{Name: string(p.Name), Email: string(p.Email), URI: web(p.URI)})
	}
	return all
}

func newEntry(e *feed.Entry) entry {
	l := entry{
		Entry: number(e.ID), Feed: number(e.Feed), GUID: text(e.GUID), URL: text(e.URL), Title: text(e.Title), Authors: newPeople(e.Authors),
		Published: at(e.Published), Updated: at(e.Updated), Seen: at(e.Seen), Revised: at(e.Revised), Excerpt: text(e.Excerpt), Words: e.Words,
		Image: text(e.Image), Categories: texts(e.Categories), Language: text(e.Language),
		Source: source{text(e.Source.ID), text(e.Source.Title), text(e.Source.Link)},
	}
	for _, c := range e.Enclosures {
		l.Enclosures = append(l.Enclosures, enclosure{text(c.URL), text(c.Type), c.Length, span(c.Duration)})
	}
	return l
}

func (l *entry) entry(story uint64) feed.Entry {
	e := feed.Entry{
		ID: uint64(l.Entry), Feed: uint64(l.Feed), Story: story, GUID: string(l.GUID), URL: web(l.URL), Title: string(l.Title), Authors: people(l.Authors),
		Published: at(l.Published), Updated: at(l.Updated), Seen: at(l.Seen), Revised: at(l.Revised), Excerpt: string(l.Excerpt), Words: l.Words,
		Image: web(l.Image), Categories: plain(l.Categories), Language: string(l.Language),
		Source: feed.Source{ID: string(l.Source.ID), Title: string(l.Source.Title), Link: web(l.Source.Link)},
	}
	for _, c := range l.Enclosures {
		if u := web(c.URL); u != "" {
			e.Enclosures = append(e.Enclosures, feed.Enclosure{URL: u, Type: string(c.Type), Length: c.Length, Duration: time.Duration(c.Duration)})
		}
	}
	return e
}

type body struct {
	Summary      text     `json:"summary,omitempty"`
	Content      text     `json:"content,omitempty"`
	Contributors []person `json:"contributors,omitempty"`
	Links        []link   `json:"links,omitempty"`
	Comments     text     `json:"comments,omitempty"`
	Media        []text   `json:"media,omitempty"`
	Thumbnails   []text   `json:"thumbnails,omitempty"`
	Rights       text     `json:"rights,omitempty"`
}

type link struct {
	Href text `json:"href"`
	Rel  text `json:"rel,omitempty"`
	Type text `json:"type,omitempty"`
}

func newBody(b *feed.Body) body {
	l := body{
		Summary: text(b.Summary), Content: text(b.Content), Contributors: newPeople(b.Contributors), Comments: text(b.Comments),
		Media: texts(b.Media), Thumbnails: texts(b.Thumbnails), Rights: text(b.Rights),
	}
	for _, x := range b.Links {
		l.Links = append(l.Links, link{text(x.Href), text(x.Rel), text(x.Type)})
	}
	return l
}

func (l *body) body(c clean) feed.Body {
	b := feed.Body{
		Contributors: people(l.Contributors), Comments: web(l.Comments), Media: webs(l.Media), Thumbnails: webs(l.Thumbnails),
		Summary: c(string(l.Summary)), Content: c(string(l.Content)), Rights: c(string(l.Rights)),
	}
	for _, x := range l.Links {
		if href := web(x.Href); href != "" {
			b.Links = append(b.Links, feed.Link{Href: href, Rel: string(x.Rel), Type: string(x.Type)})
		}
	}
	return b
}

type verdict struct {
	Level    text    `json:"level,omitempty"`
	Of       number  `json:"of,omitempty"`
	Score    float64 `json:"score,omitempty"`
	Need     float64 `json:"need,omitempty"`
	Evidence text    `json:"evidence,omitempty"`
	Apart    []apart `json:"apart,omitempty"`
	Drifted  bool    `json:"drifted,omitempty"`
	Drift    text    `json:"drift,omitempty"`
}

type apart struct {
	Of       number  `json:"of,omitempty"`
	Story    number  `json:"story,omitempty"`
	Score    float64 `json:"score,omitempty"`
	Need     float64 `json:"need,omitempty"`
	Veto     text    `json:"veto,omitempty"`
	Evidence text    `json:"evidence,omitempty"`
}

func newVerdict(v feed.Verdict) verdict {
	l := verdict{
		Level: text(v.Level), Of: number(v.Of), Score: v.Score, Need: v.Need, Evidence: text(v.Evidence), Drifted: v.Drifted, Drift: text(v.Drift),
	}
	for _, a := range v.Apart {
		l.Apart = append(l.Apart, apart{number(a.Of), number(a.Story), a.Score, a.Need, text(a.Veto), text(a.Evidence)})
	}
	return l
}

func (l *verdict) verdict() feed.Verdict {
	v := feed.Verdict{
		Level: feed.Level(l.Level), Of: uint64(l.Of), Score: l.Score, Need: l.Need, Evidence: string(l.Evidence), Drifted: l.Drifted, Drift: string(l.Drift),
	}
	if v.Level == "" {
		v.Level = feed.LevelNew
	}
	for _, a := range l.Apart {
		v.Apart = append(v.Apart, feed.Apart{Of: uint64(a.Of), Story: uint64(a.Story), Score: a.Score, Need: a.Need, Veto: string(a.Veto), Evidence: string(a.Evidence)})
	}
	return v
}

type decisionLine struct {
	Decision number     `json:"decision"`
	Kind     text       `json:"kind"`
	At       time.Time  `json:"at,omitzero"`
	Entries  []number   `json:"entries,omitempty"`
	From     number     `json:"from,omitempty"`
	To       number     `json:"to,omitempty"`
	Others   []number   `json:"others,omitempty"`
	Moved    []number   `json:"moved,omitempty"`
	Verdicts []verdict  `json:"verdicts,omitempty"`
	Lead     number     `json:"lead,omitempty"`
	Story    *storyLine `json:"story,omitempty"`
	Mark     *mark      `json:"mark,omitempty"`
	Starred  bool       `json:"starred,omitempty"`
}

func newDecision(k *feed.KeptDecision) *decisionLine {
	l := &decisionLine{
		Decision: number(k.ID), Kind: text(k.Kind), At: at(k.At), Entries: numbers(k.Entries), From: number(k.From), To: number(k.To),
		Others: numbers(k.Others), Moved: numbers(k.Moved), Lead: number(k.Lead), Starred: k.Starred,
	}
	for _, v := range k.Verdicts {
		l.Verdicts = append(l.Verdicts, newVerdict(v))
	}
	if k.Story != nil {
		l.Story = &storyLine{}
		l.Story.head(k.Story, k.Relation)
	}
	if k.Mark != nil {
		m := newMark(*k.Mark)
		l.Mark = &m
	}
	return l
}

func (l *decisionLine) fact() (any, error) {
	join := l.Kind == text(feed.Join)
	switch {
	case l.Decision == 0, !join && l.Kind != text(feed.Split):
		return nil, errors.New("the decision has no number, or is neither split nor join")
	case len(l.Verdicts) != len(l.Moved), join && (l.Story == nil || l.Mark == nil):
		return nil, errors.New("the decision can't be taken back: it doesn't say all that was there before")
	}
	k := &feed.KeptDecision{
		Decision: feed.Decision{ID: uint64(l.Decision), Kind: feed.DecisionKind(l.Kind), At: at(l.At), Entries: counts(l.Entries),
			From: uint64(l.From), To: uint64(l.To), Others: counts(l.Others)},
		Moved: counts(l.Moved), Lead: uint64(l.Lead), Starred: l.Starred,
	}
	for i := range l.Verdicts {
		k.Verdicts = append(k.Verdicts, l.Verdicts[i].verdict())
	}
	if l.Story != nil {
		st := l.Story.story()
		k.Story, k.Relation = &st, l.Story.Relation.relation()
	}
	if l.Mark != nil {
		m := l.Mark.mark()
		k.Mark = &m
	}
	return k, nil
}

type dissolvedLine struct {
	Story number `json:"story"`
	Into  number `json:"into"`
}

func (l *dissolvedLine) fact() (any, error) {
	if l.Story == 0 || l.Into == 0 || l.Story == l.Into {
		return nil, errors.New("want two numbers of stories")
	}
	return &feed.KeptDissolved{Story: uint64(l.Story), Into: uint64(l.Into)}, nil
}
