package poller

import (
	"context"
	"log/slog"
	"strconv"
	"tidings/internal/dedup"
)

// rulesSetting keeps by which version of the rules the stories of the window were
// made; absent in a data file of the first version.
const rulesSetting = "dedup/rules"

// noteRules notes that the stories are those of today's rules.
func (p *Poller) noteRules(ctx context.Context) error {
	return p.store.SetSetting(ctx, rulesSetting, []byte(strconv.Itoa(dedup.Version)))
}

// compareRules tells the owner that stories were made by other rules than today's.
// A data file without entries has none.
func (p *Poller) compareRules(ctx context.Context) error {
	was, err := p.store.Setting(ctx, rulesSetting)
	switch {
	case err != nil || string(was) == strconv.Itoa(dedup.Version):
		return err
	case p.index.Len() == 0:
		return p.noteRules(ctx)
	}
	level := slog.LevelWarn
	if p.o.OnDemand { // a command that is about something else
		level = slog.LevelInfo
	}
	p.log.Log(ctx, level, "the stories of the last days were made by other rules for copies; `tidings dedup rebuild` applies today's", "rules", dedup.Version, "were", string(was))
	return nil
}
