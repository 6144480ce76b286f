package server

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// folderEdit renames or deletes a folder.
type folderEdit struct {
	Folder string
	Up     string // the folder above; empty for none
	Rule   string // what the reader chose about its copies; empty for nothing
}

func newFolderEdit(l *words.Language, folder string, rules feed.Ruleset) *folderEdit {
	return &folderEdit{Folder: folder, Up: parent(folder), Rule: ruleText(l, rules.Folders[folder])}
}

// changeFolder gives a folder another name, or deletes it: its feeds stay, and go to the
// folder above. What was chosen for it and the folders in it goes along.
func (s *Server) changeFolder(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	ctx, l, v := r.Context(), words.From(r.Context()), r.PostForm
	from, to := v.Get("folder"), cleanFolder(v.Get("to"))
	if from == "" {
		return badRequest("The form doesn’t say which folder is meant.")
	}
	if err := s.knowsFolder(ctx, from); err != nil {
		return err
	}
	remove := v.Get("do") == "remove"
	if remove {
		to = parent(from)
	}
	if to == "" && !remove || to == from {
		return s.done(w, r, roster{Folder: from, Page: 1}.encode(), &flash{Text: l.T("Give the folder another name."), Wrong: true})
	}
	undo, err := s.moveFolder(ctx, from, to)
	if err != nil {
		return err
	}
	f := &flash{Text: l.T("The folder is called %s now.", to), Undo: s.shelf.put(undo)}
	if remove {
		f.Text = l.N("The folder is deleted. Its feed stays.", "The folder is deleted. Its %d feeds stay.", len(undo.changes))
	}
	return s.done(w, r, roster{Folder: to, Page: 1}.encode(), f)
}

// moveFolder moves the feeds of a folder and of those in it, with what is said of these.
func (s *Server) moveFolder(ctx context.Context, from, to string) (*refiling, error) {
	all, err := s.roll.list(ctx, s.Store, time.Now())
	if err != nil {
		return nil, err
	}
	var cs []feed.FeedChange
	for i := range all {
		if sub := &all[i].Subscription; inFolder(sub.Folder, from) {
			folder := feed.MovedFolder(sub.Folder, from, to)
			cs = append(cs, feed.FeedChange{Feed: sub.ID, Change: feed.Change{Folder: &folder}})
		}
	}
	said, err := s.said(ctx)
	if err != nil {
		return nil, err
	}
	undo, err := s.changeAll(ctx, cs)
	if err != nil {
		return nil, err
	}
	news, olds := rename(said, from, to)
	undo.folders = olds
	if undo.settings, err = s.noteRefiled(ctx, from, to); err != nil {
		return nil, err
	}
	return undo, s.sayAgain(ctx, news)
}

// noteRefiled notes where a folder went, for lists that are followed and go on to call
// it as before, and gives the settings as they were.
func (s *Server) noteRefiled(ctx context.Context, from, to string) (olds map[string][]byte, err error) {
	have, err := s.Store.Settings(ctx, feed.SettingRefiled)
	if err != nil {
		return nil, err
	}
	olds = map[string][]byte{}
	for name, value := range feed.ReadRefiled(have).Move(from, to) {
		if len(name) > longestSetting {
			continue // such a folder comes back under its old name
		}
		olds[name] = have[name]
		if err := s.Store.SetSetting(ctx, name, value); err != nil {
			return nil, err
		}
	}
	return olds, nil
}

// longestSetting is how long the name of a setting may be.
const longestSetting = 512

// folderSaid is what the reader chose for a folder.
type folderSaid struct {
	folder string
	rule   feed.Rule
	prefer feed.Preference
}

// said is what the reader chose for folders, by name.
func (s *Server) said(ctx context.Context) (map[string]folderSaid, error) {
	rules, err := s.rules(ctx)
	if err != nil {
		return nil, err
	}
	prefs, err := s.preferences(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]folderSaid{}
	for f, rule := range rules.Folders {
		all[f] = folderSaid{f, rule, prefs.Folders[f]}
	}
	for f, p := range prefs.Folders {
		all[f] = folderSaid{f, rules.Folders[f], p}
	}
	return all, nil
}

// rename gives what is to be said of folders once one has another name, and what was
// said of them before. A folder that is there already keeps what was said of it.
func rename(said map[string]folderSaid, from, to string) (news, olds []folderSaid) {
	for folder, x := range said {
		if !inFolder(folder, from) {
			continue
		}
		olds, news = append(olds, x), append(news, folderSaid{folder: folder})
		name := feed.MovedFolder(folder, from, to)
		gone := folder == from && to == parent(from) // deleted, and what was said of it
		if _, there := said[name]; name == "" || gone || there && !inFolder(name, from) {
			continue
		}
		x.folder = name
		olds, news = append(olds, folderSaid{folder: name}), append(news, x)
	}
	for _, list := range [][]folderSaid{news, olds} { // what is empty is said first
		slices.SortStableFunc(list, func(a, b folderSaid) int { return heft(a) - heft(b) })
	}
	return news, olds
}

// heft is 0 for a folder of which nothing is said.
func heft(x folderSaid) int {
	if x.rule == (feed.Rule{}) && x.prefer == feed.PreferInherit {
		return 0
	}
	return 1
}

// sayAgain keeps what is said of folders.
func (s *Server) sayAgain(ctx context.Context, all []folderSaid) error {
	for _, x := range all {
		scope := feed.Scope{Folder: x.folder}
		if err := s.Poller.SetRule(ctx, scope, x.rule); err != nil {
			return err
		}
		if err := s.Store.Prefer(ctx, scope, x.prefer); err != nil {
			return err
		}
	}
	return nil
}
