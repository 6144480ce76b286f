package parse

import "strings"

// A bomb is a document that asks for far more memory or stack than its size:
// entities made of entities, or elements nested without end. The bounds take the
// force out of it. If items remain that say something, the feed stands, mended;
// else the document is refused, lest a bomb pass for a feed without news.

// judge notes whether an item says something. Before is how often a bound of the
// entities was met before the item was read: one that meets it is part of the bomb.
func (t *tailor) judge(it *Item, before int) {
	t.usable = t.usable || t.entities.count() == before && it.says()
}

// says reports whether a reader would find anything in the item.
func (it *Item) says() bool {
	for _, x := range []*Text{&it.Title, &it.Summary, &it.Content, &it.Fallback} {
		if strings.TrimSpace(x.Value) != "" && strings.TrimSpace(untag(x.Value)) != "" {
			return true
		}
	}
	return len(it.Links)+len(it.Enclosures)+len(it.Media) > 0
}

// defuse refuses a document that a bomb has left nothing of.
func (t *tailor) defuse(doc *Document, err error) (*Document, error) {
	switch {
	case err != nil || t.usable:
		return doc, err
	case t.entities.count() > 0:
		return nil, &NotFeed{Reason: "an entity bomb: its entities stand for far more than they should, and without them nothing is left"}
	case t.deep:
		return nil, &NotFeed{Reason: "a nesting bomb: its elements are nested too deeply, and outside of them nothing is left"}
	}
	return doc, nil
}
