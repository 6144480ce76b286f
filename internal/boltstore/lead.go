package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"tidings/internal/feed"
)

// releadAtOnce bounds the transactions that choose leads anew.
const releadAtOnce = 500

// Prefer sets whether copies of a feed, or of the feeds in a folder, lead their
// stories where there is a choice, and chooses the leads of all their stories
// anew. [feed.PreferInherit] leaves it to the folder above. Stories keep their
// numbers, URNs, places and marks.
func (s *Store) Prefer(ctx context.Context, scope feed.Scope, p feed.Preference) error {
	var ids []uint64
	err := s.update(ctx, func(w *work) error {
		if scope.Feed != 0 {
			if _, err := w.following(scope.Feed); err != nil {
				return err
			}
		}
		key := []byte(scope.Preference())
		if len(key) > maxName {
			return fmt.Errorf("%.40q: the name of the folder is too long", scope.Folder)
		}
		if p == feed.PreferInherit {
			w.del(tSetting, key)
		} else {
			w.put(tSetting, key, []byte(p))
		}
		ids = w.outlets.chosen(feed.Query{Feed: scope.Feed, Folder: scope.Folder})
		return nil
	})
	if err == nil {
		err = s.relead(ctx, ids)
	}
	if err != nil {
		return fmt.Errorf("prefer %s: %w", strings.TrimPrefix(scope.Preference(), feed.PreferencePrefix), err)
	}
	return nil
}

// releadMoved chooses the leads of the stories of feeds anew after these went to
// another folder, if any folder is preferred.
func (s *Store) releadMoved(ctx context.Context, ids []uint64) error {
	all, err := s.Settings(ctx, feed.PreferencePrefix+"folder/")
	if err != nil || len(all) == 0 {
		return err
	}
	return s.relead(ctx, ids)
}

// relead chooses the leads of all stories anew that some feeds tell.
func (s *Store) relead(ctx context.Context, ids []uint64) error {
	for _, id := range ids {
		for from := number(id); from != nil; {
			err := s.update(ctx, func(w *work) (err error) {
				from, err = w.releadSome(id, from)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// releadSome does so for a stretch of a feed's river, and gives the row to go on
// with; nil at the end.
func (w *work) releadSome(id uint64, from []byte) (next []byte, err error) {
	var stories []uint64
	c := w.b(tRiver).Cursor()
	for k, _ := c.Seek(from); k != nil && bytes.HasPrefix(k, number(id)); k, _ = c.Next() {
		if len(stories) == releadAtOnce {
			next = bytes.Clone(k)
			break
		}
		if _, p, ok := splitRiver(k); ok {
			stories = append(stories, p.story)
		}
	}
	for _, n := range stories {
		if err := w.releadStory(n); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// releadStory chooses the lead of a story by the rule.
func (w *work) releadStory(id uint64) error {
	st, why, ok, err := w.related(id)
	if err != nil || !ok {
		return err
	}
	lead, err := w.lead(w.members(id))
	if err != nil || lead == st.Lead {
		return err
	}
	st.Lead = lead
	w.touch(feedsOf(w.members(id))...)
	w.putRecord(tStory, number(id), recordStory(st, why))
	return nil
}

// lead chooses among the entries of a story by the rule, [feed.Lead]. There is at
// least one.
func (w *work) lead(ms []member) (uint64, error) {
	if len(ms) == 1 {
		return ms[0].entry, nil
	}
	prefs := w.preferences()
	cs := make([]feed.Candidate, 0, len(ms))
	for _, m := range ms {
		e, _, err := w.entry(m.entry)
		if err != nil {
			return 0, err
		}
		e.ID = m.entry
		o := w.outlet(m.feed)
		cs = append(cs, feed.Candidate{Entry: e, Outlet: o, Preferred: prefs.For(m.feed, o.Folder)})
	}
	lead, _ := feed.Lead(cs)
	return lead, nil
}

// preferences reads what the reader prefers, once for each transaction.
func (w *work) preferences() feed.Preferences {
	if w.prefers == nil {
		settings := map[string][]byte{}
		_ = w.each(tSetting, []byte(feed.PreferencePrefix), func(k, v []byte) error {
			settings[string(k)] = bytes.Clone(v)
			return nil
		})
		p := feed.ReadPreferences(settings)
		w.prefers = &p
	}
	return *w.prefers
}
