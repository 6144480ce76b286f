package server

import (
	"sync"

	"tidings/internal/words"
)

// inTongue says in a page's language what other rooms put into English words: the
// evidence of verdicts, why a feed is polled when it is, what went wrong. These texts
// are stored, so they are recognised by their form; what isn't known stays as it is.
func inTongue(l *words.Language, text string) string { return recognised().Say(l, text) }

// recognised are the texts of other rooms, the more exact before the more general.
var recognised = sync.OnceValue(func() words.Phrases { return words.NewPhrases(toldPhrases()) })

// toldPhrases lists the forms of those texts, by the room that composes them.
func toldPhrases() []words.Phrase {
	var all []words.Phrase
	for _, room := range [][]words.Phrase{evidencePhrases(), schedulePhrases(), failurePhrases(), wrongPhrases()} {
		all = append(all, room...)
	}
	return all
}

// evidencePhrases are dedup's.
func evidencePhrases() []words.Phrase {
	return []words.Phrase{
		{One: "%s, at the same time"},
		{One: "%s, %d minute apart", Many: "%s, %d minutes apart"},
		{One: "%s, %d hour apart", Many: "%s, %d hours apart"},
		{One: "%s, %d day apart", Many: "%s, %d days apart"},
		{One: "Same address: %s"},
		{One: "Same address"},
		{One: "Same text, %d word", Many: "Same text, %d words"},
		{One: "Same text, %d character", Many: "Same text, %d characters"},
		{One: "Same title and text, %d word", Many: "Same title and text, %d words"},
		{One: "Same title and text, %d character", Many: "Same title and text, %d characters"},
		{One: "%s, both name %s, %s and %s"},
		{One: "%s, both name %s and %s"},
		{One: "%s, both name %s"},
		{One: "%d %% of the shorter title"},
		{One: "%d %% of the shorter text"},
		{One: "Told in other words"},
		{One: "Both name %s, %s and %s"},
		{One: "Both name %s and %s"},
		{One: "Both name %s"},
		{One: "Both are about the same happening"},
		{One: "Another story is nearer"},
		{One: "Kept apart: %s against %s points"},
		{One: "Kept apart: %s against %s, by the rule of %s"},
		{One: "Kept apart: %s against %s"},
		{One: "Kept apart: %s"},
		{One: "the same frame with other numbers"},
		{One: "the same frame with other days"},
		{One: "the same frame with other names"},
		{One: "the same frame with other words"},
		{One: "the next one of a series"},
		{One: "they share only what the publisher says of everything"},
		{One: "one is an opinion, an explainer, a preview or the like"},
		{One: "one denies what the other says"},
		{One: "titles alone, of one publisher"},
		{One: "you said that it is another story"},
		{One: "they share hardly more than a word"},
		{One: "you switched copies off for one of the feeds"},
		{One: "it doesn't match the rest of that story"},
		{One: "You said that it is the same story"},
	}
}

// schedulePhrases are schedule's and poller's: they follow "because".
func schedulePhrases() []words.Phrase {
	return []words.Phrase{
		{One: "%s, which is believed for a week"},
		{One: "%s; its cloud tells us sooner where there is something new"},
		{One: "it publishes about %d time an hour just now", Many: "it publishes about %d times an hour just now"},
		{One: "it publishes about %d time an hour, and that by its hours and weekdays", Many: "it publishes about %d times an hour, and that by its hours and weekdays"},
		{One: "it publishes about %d time a day, and that by its hours and weekdays", Many: "it publishes about %d times a day, and that by its hours and weekdays"},
		{One: "it publishes about %d time a week, and that by its hours and weekdays", Many: "it publishes about %d times a week, and that by its hours and weekdays"},
		{One: "it publishes seldom"},
		{One: "its rhythm is not known yet"},
		{One: "the publisher has taken the feed down for good (410)"},
		{One: "the publisher asked to be left alone until then (Retry-After)"},
		{One: "you paused it until then"},
		{One: "you paused it"},
		{One: "you chose every %s"},
		{One: "you chose at least %s"},
		{One: "a hub pushes it, and this is only to see that the hub still does"},
		{One: "it gives no validators and has not changed for two weeks"},
		{One: "the publisher welcomes no more than that"},
		{One: "no more than two requests are made for an entry that is expected"},
		{One: "an hour is the least between two polls of such a feed"},
		{One: "the publisher says that it is updated then (sy:updateBase)"},
		{One: "the publisher asks not to be polled before (skipHours, skipDays)"},
		{One: "the publisher asks for it (%s)"},
		{One: "the last poll failed"},
		{One: "the last %d poll failed", Many: "the last %d polls failed"},
		{One: "%s asked to be left alone; it is asked again after %s"},
		{One: "it was overdue, and such feeds come back one after another, the most read first"},
		{One: "%d minute", Many: "%d minutes"},
		{One: "%d hour", Many: "%d hours"},
		{One: "%d day", Many: "%d days"},
	}
}

// failurePhrases are fetch's: what is wrong with a host, and what to do.
func failurePhrases() []words.Phrase {
	return []words.Phrase{
		{One: "%s answers %d: it asks for a password"},
		{One: "%s answers %d: it refuses to give this feed"},
		{One: "%s answers %d: there is nothing at this address"},
		{One: "%s answers %d: the feed is gone for good"},
		{One: "%s answers %d: it asks us to come back later"},
		{One: "%s answers %d: it couldn't take the request"},
		{One: "%s answers %d: it has trouble of its own"},
		{One: "%s answers %d: it refuses the request"},
		{One: "%s answers %d: that is no document"},
		{One: "%s sends more than the limit of %s"},
		{One: "%s sends more than %s of headers"},
		{One: "%s is not a public address"},
		{One: "%s is too slow: no whole answer within %s"},
		{One: "%s doesn't answer in time"},
		{One: "%s doesn't speak https at this address"},
		{One: "%s shows a certificate of another name"},
		{One: "%s shows a certificate that nobody known has signed"},
		{One: "%s shows a certificate that is out of date"},
		{One: "%s shows a certificate that is not valid"},
		{One: "%s ends the secure connection: %s"},
		{One: "%s is unknown to the name servers"},
		{One: "%s couldn't be looked up"},
		{One: "%s accepts no connection"},
		{One: "%s can't be reached"},
		{One: "%s sends an empty document"},
		{One: "%s broke off before its answer was complete"},
		{One: "%s could not be read: %s"},
		{One: "%s, where %s redirects,"},
		{One: "nothing to do unless it lasts: it is asked again later"},
		{One: "put name and password into the address: https://name:password@host/…"},
		{One: "if a browser can open it, ask the publisher to let feed readers in"},
		{One: "look on the publisher's site for the feed's new address"},
		{One: "unsubscribe, or look for a new address; what you have is kept"},
		{One: "open the address in a browser to see what is wrong"},
		{One: "open the address in a browser if this lasts"},
		{One: "open the address in a browser; the site may have moved its feed"},
		{One: "the page links to a feed: %s"},
		{One: "look for a shorter feed of this publisher"},
		{One: "if it is yours, open its network with --allow-private"},
		{One: "try the address with http:"},
		{One: "check the address for typing errors; the site may have closed"},
		{One: "check your network connection, if other feeds fail too"},
		{One: "%s (%s)"}, // what is wrong, and what to do
	}
}

// wrongPhrases are those of what a person typed or sent and can't be used.
func wrongPhrases() []words.Phrase {
	return []words.Phrase{
		{One: "find a feed at %s: there is none, and the page names none"},
		{One: "read the address %s: its scheme is %s"},
		{One: "read the address %s: it names no host"},
		{One: "read the address %s: %s"},
		{One: "give an address like https://example.org/feed.xml"},
		{One: "feeds are fetched by http and https only"},
		{One: "poll the list %s: its publisher asked to wait until %s"},
		{One: "poll the list %s: it was asked a moment ago"},
		{One: "it is polled then by itself"},
		{One: "wait for five minutes; it is polled once a day by itself"},
		{One: "ask %s: it wants to be left alone until %s"},
		{One: "try again then"},
		{One: "%s is no duration"},
		{One: "write it like 30m, 2h or 1d"},
		{One: "%s is no day"},
		{One: "write it like 2026-12-24"},
		{One: "poll at least %s and at most %s apart: no time is both"},
		{One: "swap them"},
		{One: "choose from 5 minutes to 30 days; to poll less, pause the feed"},
		{One: "read subscription list: the file is empty"},
		{One: "export the list again"},
		{One: "it is a ZIP archive: unpack it, and import the .opml or .xml file in it"},
		{One: "it is compressed: unpack it with gunzip first"},
		{One: "it is a feed: subscribe to it by its address"},
		{One: "it is a web page, perhaps one that asks for a login: save the OPML file itself"},
		{One: "export your subscriptions from the other reader as OPML, and import that file"},
		{One: "the same feed as in line %d; this folder is a tag of it"},
		{One: "the same feed as in line %d"},
		{One: "Line %d"},
		{One: "%s line %d"},
		{One: "the address can't be read"},
		{One: "the address is incomplete: it has to begin with https:// or http://"},
		{One: "addresses that begin with %s: are not supported, only https and http"},
		{One: "the address names no host"},
		{One: "this is another list, not a feed: import it by its own address"},
		{One: "it is commented out in the list, with everything in it"},
		{One: "no other entry tells the story"},
		{One: "there is nothing to split"},
	}
}
