package parse

// texts are what a feed or an item has of the texts that it may have once.
type texts uint8

// textBit is the bit of an element by the name it is handed on by, 0 for those that may
// be repeated, or of which the last one counts, as with dates.
func textBit(emit string) texts {
	switch emit {
	case "title":
		return 1
	case "description":
		return 2
	case "t:summary":
		return 4
	case "summary":
		return 8
	case "content", "content:encoded":
		return 16
	case "id", "guid":
		return 32
	}
	return 0
}

// seenHere is what has been seen where elements stand now; nil where nothing is noted.
func (t *tailor) seenHere() *texts {
	switch n := len(t.stack); {
	case n == 0:
		return nil
	case t.stack[n-1].place == inItem:
		return &t.seen[1]
	case t.stack[n-1].place == inFeed:
		return &t.seen[0]
	}
	return nil
}

// role is the name by which a text is handed on: of several titles, ids or contents the
// first one counts, and gofeed would take the last. Of the descriptions and summaries of
// an RSS item the first is the summary, and the second its content, whatever they are
// called. It is empty for a text that has had its turn.
func (t *tailor) role(emit string) string {
	seen := t.seenHere()
	if seen == nil {
		return emit
	}
	if seen == &t.seen[1] && t.format != "atom" && (emit == "description" || emit == "t:summary") {
		if emit = "description"; *seen&textBit(emit) != 0 {
			emit = "t:summary"
		}
	}
	if *seen&textBit(emit) != 0 {
		return ""
	}
	return emit
}

// note notes a text that says something.
func (t *tailor) note(emit string) {
	if seen := t.seenHere(); seen != nil {
		*seen |= textBit(emit)
	}
}
