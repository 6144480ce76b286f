package server

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tidings/internal/words"
)

// rosterSize is how many feeds a page of the list shows.
const rosterSize = 100

// noFolder stands in addresses and forms for the feeds without a folder; no folder can
// have that name.
const noFolder = "/"

// roster is which feeds the page of feeds lists, and in which order, as its address
// says: /feeds?folder=World&sort=unread. Without an order they stand by folder and name.
type roster struct {
	Name   string // part of a title or address
	Folder string // with those below it; noFolder; empty for all
	Health string // a condition, or "trouble" for the worst three; empty for all
	Sort   string // a column; empty for folder and name
	Back   bool   // against the column's own direction
	Page   int    // from 1
}

// rosterColumn is a column by which feeds can be sorted.
type rosterColumn struct {
	key, title string // title is said by the page
	hint       string
	falling    bool // its own direction: the greatest first
	number     bool
	value      func(*enrolled) float64
}

// rosterColumns are all of them.
func rosterColumns() []rosterColumn {
	return []rosterColumn{
		{"name", words.Key("Feed"), "", false, false, func(x *enrolled) float64 { return float64(x.rank) }},
		{"health", words.Key("Health"), words.Key("the worst first"), false, false, func(x *enrolled) float64 { return float64(x.severity) }},
		{"week", words.Key("A week"), words.Key("entries a week"), true, true, func(x *enrolled) float64 { return x.pace.week }},
		{"unread", words.Key("Unread"), words.Key("unread stories"), true, true, func(x *enrolled) float64 { return float64(x.Unread) }},
		{"share", words.Key("Elsewhere"), words.Key("how much of it you also get elsewhere"), true, true, func(x *enrolled) float64 { return float64(x.pace.share()) }},
		{"new", words.Key("Last new"), words.Key("when its newest entry came"), true, false, func(x *enrolled) float64 { return float64(x.Newest.Unix()) }},
	}
}

// conditions are the choices of a filter, the worst first.
func conditions() []option {
	return []option{
		{Value: "trouble", Text: words.Key("In trouble")}, {Value: isDead, Text: words.Key("Dead")}, {Value: isGone, Text: words.Key("Gone")},
		{Value: isFailing, Text: words.Key("Failing")}, {Value: isWaiting, Text: words.Key("Waiting")}, {Value: isStale, Text: words.Key("Stale")},
		{Value: isNew, Text: words.Key("New")}, {Value: isPaused, Text: words.Key("Paused")}, {Value: isFine, Text: words.Key("Well")},
	}
}

// severity is the place of a condition among them.
func severity(condition string) int {
	return slices.Index([]string{"trouble", isDead, isGone, isFailing, isWaiting, isStale, isNew, isPaused, isFine}, condition)
}

// parseRoster reads an address. What it can't mean is left out.
func parseRoster(v url.Values) roster {
	q := roster{Name: oneLine(v.Get("name")), Folder: v.Get("folder"), Health: v.Get("health"), Sort: v.Get("sort"), Page: 1}
	if severity(q.Health) < 0 {
		q.Health = ""
	}
	if q.Folder != noFolder {
		q.Folder = cleanFolder(q.Folder)
	}
	c, ok := q.column()
	if !ok {
		q.Sort = ""
	}
	if dir := v.Get("dir"); ok && dir != "" {
		q.Back = (dir == "desc") != c.falling
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 {
		q.Page = n
	}
	return q
}

// column is the one by which is sorted; false for folder and name.
func (q roster) column() (rosterColumn, bool) {
	all := rosterColumns()
	i := slices.IndexFunc(all, func(c rosterColumn) bool { return c.key == q.Sort })
	if i < 0 {
		return rosterColumn{}, false
	}
	return all[i], true
}

// falling reports whether the greatest stands first.
func (q roster) falling() bool {
	c, _ := q.column()
	return c.falling != q.Back
}

// encode is the list's address.
func (q roster) encode() string {
	v := url.Values{}
	for key, value := range map[string]string{"name": q.Name, "folder": q.Folder, "health": q.Health, "sort": q.Sort} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if q.Back {
		v.Set("dir", map[bool]string{true: "desc", false: "asc"}[q.falling()])
	}
	if q.Page > 1 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	if len(v) == 0 {
		return "/feeds"
	}
	return "/feeds?" + v.Encode()
}

// by is the same list in another order: that of a column, or where it stands in this
// already the other way round.
func (q roster) by(key string) roster {
	back := q.Sort == key && !q.Back
	q.Sort, q.Back, q.Page = key, back, 1
	return q
}

// narrow reports whether not all feeds are listed.
func (q roster) narrow() bool { return q.Name != "" || q.Folder != "" || q.Health != "" }

// choose gives the feeds that q lists, in its order.
func (q roster) choose(all []*enrolled) (chosen []*enrolled) {
	name := strings.ToLower(q.Name)
	for _, x := range all {
		if q.fits(x, name) {
			chosen = append(chosen, x)
		}
	}
	c, ok := q.column()
	if !ok {
		return chosen // all are in this order
	}
	type placed struct {
		value float64
		rank  int
		feed  *enrolled
	}
	sign := map[bool]float64{false: 1, true: -1}[q.falling()]
	places := make([]placed, len(chosen))
	for i, x := range chosen {
		places[i] = placed{sign * c.value(x), x.rank, x}
	}
	slices.SortFunc(places, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.rank, b.rank))
	})
	for i := range places {
		chosen[i] = places[i].feed
	}
	return chosen
}

// fits reports whether q lists a feed; name is that of q in lower case.
func (q roster) fits(x *enrolled, name string) bool {
	folder := x.Subscription.Folder
	switch {
	case q.Folder == noFolder && folder != "":
		return false
	case q.Folder != "" && q.Folder != noFolder && !inFolder(folder, q.Folder):
		return false
	case q.Health == "trouble" && x.severity > severity(isFailing):
		return false
	case q.Health != "" && q.Health != "trouble" && x.condition != q.Health:
		return false
	}
	return name == "" || strings.Contains(x.key, name) || strings.Contains(strings.ToLower(masked(x.Subscription.URL)), name)
}

// inFolder reports whether a folder is another or below it.
func inFolder(folder, above string) bool {
	return folder == above || strings.HasPrefix(folder, above) && folder[len(above)] == '/'
}
