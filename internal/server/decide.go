package server

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// mentions are stories that a page names, by the numbers that it knows them by;
// one that was joined into another stands for that number, nil for what is gone.
type mentions map[uint64]*feed.Full

// mostMentions bounds how many stories one page looks up to name them.
const mostMentions = 40

// mentioned looks up the stories that a story’s page names.
func (s *Server) mentioned(ctx context.Context, by *feed.Full, ids []uint64) (mentions, error) {
	known := mentions{by.ID: by}
	for _, id := range ids {
		if _, ok := known[id]; ok || len(known) == mostMentions {
			continue
		}
		full, err := s.survivor(ctx, id)
		switch {
		case err == nil:
			known[id] = &full
		case errors.Is(err, feed.ErrNotFound):
			known[id] = nil
		default:
			return nil, err
		}
	}
	return known, nil
}

// survivor is the story with a number, or the one that it was joined into.
func (s *Server) survivor(ctx context.Context, id uint64) (feed.Full, error) {
	full, err := s.Store.Story(ctx, id)
	for range 8 { // joined into one that was joined in its turn
		if !errors.Is(err, feed.ErrNotFound) {
			break
		}
		to, gone := s.Store.Dissolved(ctx, id)
		if gone != nil {
			return full, gone
		}
		id = to
		full, err = s.Store.Story(ctx, id)
	}
	return full, err
}

// dissolved leads from a story that is gone to the one that it was joined into;
// not for good, as the reader may undo that.
func (s *Server) dissolved(w http.ResponseWriter, r *http.Request, id uint64) error {
	to, err := s.Store.Dissolved(r.Context(), id)
	if err != nil {
		return err
	}
	path := "/story/" + number(to)
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, path, http.StatusFound)
	return nil
}

// formCopy reads the story that the path names, and the number of the copy of it that
// the form names.
func (s *Server) formCopy(w http.ResponseWriter, r *http.Request) (id, entry uint64, full feed.Full, err error) {
	if id, err = pathID(r); err != nil {
		return 0, 0, full, err
	}
	if err := parseForm(w, r, 64<<10); err != nil {
		return 0, 0, full, err
	}
	if entry, err = strconv.ParseUint(r.PostForm.Get("entry"), 10, 64); err != nil || entry == 0 {
		return 0, 0, full, badRequest("A copy is named by its number.")
	}
	full, err = s.Store.Story(r.Context(), id)
	return id, entry, full, err
}

// splitStory takes a copy out of its story, which isn't its own as the reader says.
func (s *Server) splitStory(w http.ResponseWriter, r *http.Request) error {
	l := words.From(r.Context())
	id, entry, full, err := s.formCopy(w, r)
	if err != nil {
		return err
	}
	d, err := s.Poller.Split(r.Context(), id, entry)
	if err != nil {
		return err
	}
	return s.done(w, r, storyPath(id, r.PostForm.Get("back")), &flash{
		Text:     l.T("Split off the copy of “%s”: a story of its own now.", quoted(masked(copyOf(&full, entry).Outlet.Title))),
		Decision: number(d.ID), Href: "/story/" + number(d.To), Link: l.T("See it"),
	})
}

// joinStory makes one story of two, as the reader says that they are.
func (s *Server) joinStory(w http.ResponseWriter, r *http.Request) error {
	l := words.From(r.Context())
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	back := r.PostForm.Get("back")
	other, err := s.meantStory(r)
	if errors.Is(err, feed.ErrNotFound) {
		return s.done(w, r, storyPath(id, back), &flash{Wrong: true,
			Text: l.T("There is no such story here. Paste the address of a story’s page, or its number.")})
	}
	if err != nil {
		return err
	}
	if other.ID == id {
		return s.done(w, r, storyPath(id, back), &flash{Wrong: true, Text: l.T("That is this story itself.")})
	}
	d, err := s.Poller.Join(r.Context(), id, other.ID)
	if err != nil {
		return err
	}
	return s.done(w, r, storyPath(d.To, back), &flash{
		Text: l.T("Joined with “%s”: one story now.", quoted(titleOf(l, other.Entry))), Decision: number(d.ID),
	})
}

// meantStory finds the story that a form names: by a button with its number, or
// by what a person pasted. What names none is not found.
func (s *Server) meantStory(r *http.Request) (feed.Full, error) {
	text := strings.TrimSpace(r.PostForm.Get("story"))
	u, err := url.Parse(text)
	if err != nil {
		return feed.Full{}, feed.ErrNotFound
	}
	if u.Host != "" && u.Host != r.Host && (s.base == nil || u.Host != s.base.Host) {
		return feed.Full{}, feed.ErrNotFound // a page of somebody else's
	}
	name := strings.TrimPrefix(strings.TrimPrefix(u.Path, "/"), "story/")
	if u.Path == "" {
		name = u.Fragment // "#1234"
	}
	id, err := strconv.ParseUint(strings.TrimPrefix(name, "s"), 10, 64)
	if err != nil {
		return feed.Full{}, feed.ErrNotFound
	}
	return s.survivor(r.Context(), id)
}

// undoDecision takes a split or a join back.
func (s *Server) undoDecision(w http.ResponseWriter, r *http.Request) error {
	l := words.From(r.Context())
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	back := local(r.PostForm.Get("back"))
	list, err := s.Store.Decisions(r.Context())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(d feed.Decision) bool { return d.ID == id })
	if i < 0 {
		return s.done(w, r, back, &flash{Text: l.T("That was undone already.")})
	}
	d, err := s.Poller.Undo(r.Context(), id)
	if errors.Is(err, feed.ErrNotFound) {
		return s.done(w, r, back, &flash{Wrong: true, Text: l.T("That can’t be undone any more: its copies have expired.")})
	}
	if err != nil {
		return err
	}
	f := &flash{Text: l.T("Undone: they are one story again.")}
	if list[i].Kind == feed.Join {
		f = &flash{Text: l.T("Undone: they are two stories again."), Href: "/story/" + number(d.To), Link: l.T("See the other")}
	}
	return s.done(w, r, s.landing(r.Context(), back, d.To), f)
}

// landing is where to go after an undo: back to the page of a story, or, if that
// story is no more, to the one that has its copies now.
func (s *Server) landing(ctx context.Context, back string, to uint64) string {
	path, _, _ := strings.Cut(back, "?")
	id, err := strconv.ParseUint(strings.TrimPrefix(path, "/story/"), 10, 64)
	if err != nil {
		return back
	}
	if _, err := s.Store.Story(ctx, id); err != nil && to != 0 {
		return storyPath(to, back)
	}
	return back
}

// storyPath is a story's page, seen from the river that another page came from.
func storyPath(id uint64, back string) string {
	return "/story/" + number(id) + filterOf(local(back)).encode()
}

// quoted puts a text of somebody else's into a sentence of ours (Unicode TR 9).
func quoted(text string) string { return "\u2068" + cutRunes(text, 120) + "\u2069" }

// decisionRow is a decision of the reader's that concerns a story.
type decisionRow struct {
	ID     string
	Kind   string // "off": a copy was split off; "from": it was split off itself; "with": another was joined
	Title  string
	Lang   string
	Source string
	Href   string // page of the other story; empty for none
	When   moment

	Titled template.HTML // title and source of the other story, with its link
}

// titled names the other story within a sentence.
func (r decisionRow) titled(l *words.Language) template.HTML {
	lang := ""
	if r.Lang != "" {
		lang = ` lang="` + r.Lang + `"`
	}
	title := template.HTML("<bdi" + lang + ">" + template.HTMLEscapeString(r.Title) + "</bdi>")
	if r.Href != "" {
		title = template.HTML(`<a href="` + template.HTMLEscapeString(r.Href) + `" dir="auto"` + lang + ">" + template.HTMLEscapeString(r.Title) + "</a>")
	}
	if r.Source == "" {
		return l.H("“%s”", title)
	}
	return l.H("“%s” (<bdi>%s</bdi>)", title, r.Source)
}

// concerns reports which part a story has in a decision, by its number or by its
// copies: numbers change when stories are regrouped.
func concerns(full *feed.Full, d feed.Decision) string {
	has := func(entries []uint64) bool {
		return slices.ContainsFunc(full.Members, func(m feed.Member) bool { return slices.Contains(entries, m.Entry.ID) })
	}
	switch {
	case d.Kind == feed.Join && (d.To == full.ID || has(d.Entries) || has(d.Others)):
		return "with"
	case d.Kind == feed.Split && (d.To == full.ID || has(d.Entries)):
		return "from"
	case d.Kind == feed.Split && (d.From == full.ID || has(d.Others)):
		return "off"
	}
	return ""
}

// newDecisions words the decisions that concern a story, the latest first.
func newDecisions(l *words.Language, full *feed.Full, list []feed.Decision, known mentions, now time.Time) []decisionRow {
	var rows []decisionRow
	for _, d := range slices.Backward(list) {
		r := decisionRow{ID: number(d.ID), Kind: concerns(full, d), When: newMoment(l, d.At, now), Title: l.T("a copy that is not kept any more")}
		var x *feed.Member
		switch r.Kind {
		case "":
			continue
		case "with":
			x = named(full, d.Entries)
		case "off":
			x = named(known[d.To], d.Entries)
			r.Href = hrefOf(known[d.To], full)
		case "from":
			x = named(known[d.From], d.Others)
			r.Href = hrefOf(known[d.From], full)
		}
		if x != nil {
			r.Title, r.Lang, r.Source = titleOf(l, x.Entry), language(x.Entry.Language), masked(x.Outlet.Title)
		}
		r.Titled = r.titled(l)
		rows = append(rows, r)
	}
	return rows
}

// named is the first of a story's copies that is among the entries, else its lead.
func named(full *feed.Full, entries []uint64) *feed.Member {
	if full == nil {
		return nil
	}
	for i := range full.Members {
		if slices.Contains(entries, full.Members[i].Entry.ID) {
			return &full.Members[i]
		}
	}
	return copyOf(full, 0)
}

// hrefOf is the address of another story than this one; empty for this or none.
func hrefOf(other, this *feed.Full) string {
	if other == nil || other.ID == this.ID {
		return ""
	}
	return "/story/" + number(other.ID)
}
