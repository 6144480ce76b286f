package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// foldForm is the reader's choice for one feed, one folder or all: how far copies
// are folded, and whether related coverage is shown.
type foldForm struct {
	Feed, Folder string // both empty: all
	Back         string
	Folds        []option
	Events       []option
}

// option is one of several answers.
type option struct {
	Value, Text, Note string
	Chosen            bool
}

// The words for what the reader may choose.
var foldOptions = []option{
	{Value: string(feed.FoldOff), Text: "Nothing", Note: "each entry is a story of its own"},
	{Value: string(feed.FoldExact), Text: "Exact copies", Note: "the same link, or the same text word for word"},
	{Value: string(feed.FoldCopies), Text: "Near-copies too", Note: "also light edits, teasers and rewrites of one article"},
}

var eventOptions = []option{
	{Value: "on", Text: "Shown", Note: "a story’s page lists other articles on the same happening"},
	{Value: "off", Text: "Hidden", Note: "each story stands alone"},
}

// rules reads all that the reader chose about folding.
func (s *Server) rules(ctx context.Context) (feed.Ruleset, error) {
	settings, err := s.Store.Settings(ctx, "fold")
	return feed.Rules(settings), err
}

// showsEvents reports whether related coverage is shown for what a feed tells.
func showsEvents(rules feed.Ruleset, o feed.Outlet) bool {
	return rules.For(o.Feed, o.Folder).Events != "off"
}

// feedForm is the form for a feed.
func feedForm(l *words.Language, rules feed.Ruleset, sub feed.Subscription) foldForm {
	f := newFoldForm(l, rules.Feeds[sub.ID], rules.For(0, sub.Folder), above(l, sub.Folder))
	f.Feed, f.Back = number(sub.ID), "/feeds/"+number(sub.ID)
	return f
}

// folderForm is the form for a folder; for the empty one that for everything.
func folderForm(l *words.Language, rules feed.Ruleset, folder string) foldForm {
	if folder == "" {
		f := newFoldForm(l, rules.For(0, ""), feed.Rule{}, "")
		f.Back = "/settings"
		return f
	}
	up := parent(folder)
	f := newFoldForm(l, rules.Folders[folder], rules.For(0, up), above(l, up))
	f.Folder, f.Back = folder, "/folding?"+url.Values{"folder": {folder}}.Encode()
	return f
}

// above names who has the say over what stands in a folder.
func above(l *words.Language, folder string) string {
	if folder == "" {
		return l.T("As the settings say")
	}
	return l.T("As the folder %s says", "\u2068"+folder+"\u2069")
}

func parent(folder string) string { return folder[:max(strings.LastIndexByte(folder, '/'), 0)] }

// newFoldForm offers the choices. Up is the rule in force above, whose name is empty
// for the rule of all.
func newFoldForm(l *words.Language, rule, up feed.Rule, name string) foldForm {
	f := foldForm{}
	if name != "" {
		f.Folds = append(f.Folds, option{Text: name, Note: l.T("now: %s", said(l, foldOptions, string(up.Fold)))})
		f.Events = append(f.Events, option{Text: name, Note: l.T("now: %s", said(l, eventOptions, up.Events))})
	}
	f.Folds = choose(append(f.Folds, worded(l, foldOptions)...), string(rule.Fold))
	f.Events = choose(append(f.Events, worded(l, eventOptions)...), rule.Events)
	return f
}

func choose(options []option, value string) []option {
	for i := range options {
		options[i].Chosen = options[i].Value == value
	}
	return options
}

// worded gives choices in the language of a page.
func worded(l *words.Language, options []option) []option {
	list := slices.Clone(options)
	for i, o := range list {
		list[i].Text, list[i].Note = l.T(o.Text), l.T(o.Note)
	}
	return list
}

// said words a choice within a sentence.
func said(l *words.Language, options []option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return l.Lower(l.T(o.Text))
		}
	}
	return value
}

// ruleText words a rule for a list; empty for one that leaves all to the rule above.
func ruleText(l *words.Language, r feed.Rule) string {
	var parts []string
	if r.Fold != feed.FoldInherit {
		parts = append(parts, l.T("folds %s", said(l, foldOptions, string(r.Fold))))
	}
	if r.Events != "" {
		parts = append(parts, l.T("related coverage %s", said(l, eventOptions, r.Events)))
	}
	return l.List(parts...)
}

// foldingPage is the page of a folder's rule, or of the rule for all.
type foldingPage struct {
	Frame
	Folder string
	Up     string // the folder above it
	Form   foldForm
	Prefer *preferForm // nil for all
	Feed   string      // page of the folder's merged feed; empty for all
}

func (s *Server) folding(w http.ResponseWriter, r *http.Request) error {
	folder := r.URL.Query().Get("folder")
	if err := s.knowsFolder(r.Context(), folder); err != nil {
		return err
	}
	rules, err := s.rules(r.Context())
	if err != nil {
		return err
	}
	prefs, err := s.preferences(r.Context())
	if err != nil {
		return err
	}
	p := foldingPage{Folder: folder, Up: parent(folder), Form: folderForm(words.From(r.Context()), rules, folder), Prefer: preferFolder(words.From(r.Context()), prefs, folder)}
	if folder != "" {
		p.Feed = channel{filter: filter{View: viewAll, Folder: folder}}.home()
	}
	if p.Frame, err = s.frame(r, words.From(r.Context()).T("Copies and related coverage")+" · tidings", "feeds"); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "folding", p)
}

func (s *Server) knowsFolder(ctx context.Context, folder string) error {
	list, err := s.Store.Outlets(ctx)
	if err != nil {
		return err
	}
	if folder != "" && !slices.Contains(folders(list), folder) {
		return notFound("There is no such folder.")
	}
	return nil
}

// setRule takes the choice for a feed, a folder or all from its form.
func (s *Server) setRule(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	v := r.PostForm
	rule := feed.Rule{Fold: feed.Folding(v.Get("fold")), Events: v.Get("events")}
	scope := feed.Scope{Folder: v.Get("folder")}
	if !v.Has("fold") || !v.Has("events") || !offers(foldOptions, v.Get("fold")) || !offers(eventOptions, rule.Events) {
		return badRequest("The form doesn’t say how far to fold copies, or whether to show related coverage.")
	}
	if id := v.Get("feed"); id != "" {
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil || n == 0 {
			return badRequest("A feed is named by its number.")
		}
		if _, err := s.Store.Subscription(r.Context(), n); err != nil {
			return err
		}
		scope = feed.Scope{Feed: n}
	}
	if err := s.knowsFolder(r.Context(), scope.Folder); err != nil {
		return err
	}
	if err := s.Poller.SetRule(r.Context(), scope, rule); err != nil {
		return err
	}
	return s.done(w, r, v.Get("back"), &flash{Text: words.From(r.Context()).T("Saved. Folding changes for what comes from now on; stories that are there stay as they are.")})
}

// offers reports whether value may be chosen: one of the options, or none of them,
// which leaves it to the rule above.
func offers(options []option, value string) bool {
	return value == "" || slices.ContainsFunc(options, func(o option) bool { return o.Value == value })
}
