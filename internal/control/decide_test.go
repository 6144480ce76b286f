package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"testing"

	"tidings/internal/feed"
)

// judge is a house that remembers what it was told.
type judge struct {
	Store
	Poller
	stories   map[uint64]feed.Full
	dissolved map[uint64]uint64
	settings  map[string][]byte
	told      []string
	err       error
}

func (j *judge) Story(_ context.Context, id uint64) (feed.Full, error) {
	if f, ok := j.stories[id]; ok {
		return f, nil
	}
	return feed.Full{}, fmt.Errorf("find story %d: %w", id, feed.ErrNotFound)
}

func (j *judge) Dissolved(_ context.Context, id uint64) (uint64, error) {
	if into, ok := j.dissolved[id]; ok {
		return into, nil
	}
	return 0, feed.ErrNotFound
}

func (j *judge) Decisions(context.Context) ([]feed.Decision, error) {
	return []feed.Decision{{ID: 3, Kind: feed.Split, Entries: []uint64{8}, Others: []uint64{5}}}, j.err
}

func (j *judge) Settings(context.Context, string) (map[string][]byte, error) {
	return j.settings, j.err
}

func (j *judge) Find(_ context.Context, address string) ([]feed.Entry, error) {
	return []feed.Entry{{ID: 8, URL: address}}, j.err
}

func (j *judge) did(what string, args ...any) (feed.Decision, error) {
	j.told = append(j.told, fmt.Sprintln(append([]any{what}, args...)...))
	return feed.Decision{ID: 4}, j.err
}

func (j *judge) Split(_ context.Context, story, entry uint64) (feed.Decision, error) {
	return j.did("split", story, entry)
}
func (j *judge) Join(_ context.Context, a, b uint64) (feed.Decision, error) {
	return j.did("join", a, b)
}
func (j *judge) Undo(_ context.Context, id uint64) (feed.Decision, error) { return j.did("undo", id) }
func (j *judge) SetRule(_ context.Context, s feed.Scope, r feed.Rule) error {
	_, err := j.did("rule", s, r)
	return err
}

func (j *judge) Rebuild(_ context.Context, report func(done, total int)) (feed.Rebuilt, error) {
	report(1, 2)
	report(2, 2)
	return feed.Rebuilt{Entries: 2, Joined: 1}, j.err
}

func TestDecisionsReachTheHouse(t *testing.T) {
	for _, name := range []string{"memory", "socket"} {
		t.Run(name, func(t *testing.T) {
			j := &judge{settings: map[string][]byte{"fold": []byte(`{"fold":"off"}`), "fold/feed/7": []byte(`{"events":"off"}`)}}
			c, ctx := over(t, Handler(j, j, slog.New(slog.DiscardHandler)))[name], t.Context()
			_, err1 := c.Split(ctx, 12, 8)
			d, err2 := c.Join(ctx, 12, 13)
			_, err3 := c.Undo(ctx, 4)
			err4 := c.SetRule(ctx, feed.Scope{Folder: "News"}, feed.Rule{Fold: feed.FoldExact})
			if err := errors.Join(err1, err2, err3, err4); err != nil || d.ID != 4 {
				t.Fatalf("%+v, %v", d, err)
			}
			if want := []string{"split 12 8\n", "join 12 13\n", "undo 4\n", "rule {0 News} {exact }\n"}; !reflect.DeepEqual(j.told, want) {
				t.Errorf("the house was told %q, want %q", j.told, want)
			}
			if ds, err := c.Decisions(ctx); err != nil || len(ds) != 1 || ds[0].Kind != feed.Split || ds[0].Others[0] != 5 {
				t.Errorf("decisions %+v, %v", ds, err)
			}
			if es, err := c.Find(ctx, "https://example.org/1"); err != nil || len(es) != 1 || es[0].URL != "https://example.org/1" {
				t.Errorf("found %+v, %v", es, err)
			}
			if r, err := c.Rules(ctx); err != nil || r.Global.Fold != feed.FoldOff || r.Feeds[7].Events != "off" {
				t.Errorf("rules %+v, %v", r, err)
			}
			var steps []int
			r, err := c.Rebuild(ctx, func(done, total int) { steps = append(steps, done, total) })
			if err != nil || r.Joined != 1 || !reflect.DeepEqual(steps, []int{1, 2, 2, 2}) {
				t.Errorf("rebuilt %+v by steps %v, %v", r, steps, err)
			}
			j.err = feed.WithHint(fmt.Errorf("it is split: %w", feed.ErrNotFound), "leave it")
			var hint *feed.Hint
			_, err = c.Rebuild(ctx, func(int, int) {})
			_, err2 = c.Split(ctx, 1, 2)
			for _, err := range []error{err, err2} {
				if !errors.As(err, &hint) || hint.Todo != "leave it" || !errors.Is(err, feed.ErrNotFound) {
					t.Errorf("the error came over as %v", err)
				}
			}
		})
	}
}

func TestAStoryComesOverWhole(t *testing.T) {
	full := feed.Full{Members: []feed.Member{{Entry: feed.Entry{ID: 5}, Body: feed.Body{Content: "<p>x</p>"}, Verdict: feed.Verdict{Level: feed.LevelPart, Of: 4,
		Apart: []feed.Apart{{Of: 3, Need: 6.1}}, Drifted: true, Drift: "no more"}}},
		Event: []feed.Related{{Headline: feed.Headline{Story: feed.Story{ID: 11, Event: 11}}, Relation: feed.Relation{Of: 2}}}}
	full.ID, full.Story.Event, full.Kin = 12, 11, 1
	j := &judge{stories: map[uint64]feed.Full{12: full}, dissolved: map[uint64]uint64{14: 13, 13: 12, 20: 20, 21: 22, 22: 21}}
	c := Local(Handler(j, j, slog.New(slog.DiscardHandler)))
	defer c.Close()
	for _, id := range []uint64{12, 13, 14} {
		if got, err := c.Story(t.Context(), id); err != nil || !reflect.DeepEqual(got, full) {
			t.Errorf("story %d came over as %+v, %v; want %+v", id, got, err, full)
		}
	}
	for _, id := range []uint64{15, 20, 21} {
		if f, err := c.Story(t.Context(), id); !errors.Is(err, feed.ErrNotFound) {
			t.Errorf("story %d: %+v, %v", id, f, err)
		}
	}
}
