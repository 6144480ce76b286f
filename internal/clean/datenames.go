package clean

// monthNumber is the month of a name or its abbreviation, in lower case: in
// English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Polish,
// Russian, Greek, Hungarian and Turkish; 0 if it is none.
func monthNumber(w string) int {
	switch w {
	case "jan", "january", "januar", "jänner", "janvier", "janv", "enero", "ene", "gennaio", "gen", "janeiro", "januari",
		"stycznia", "styczeń", "sty", "января", "январь", "янв", "ιαν", "ιανουαρίου", "január", "ocak", "oca":
		return 1
	case "feb", "february", "februar", "février", "fevrier", "févr", "fév", "febrero", "febbraio", "fevereiro", "fev", "februari",
		"lutego", "luty", "lut", "февраля", "февраль", "фев", "февр", "φεβ", "φεβρουαρίου", "február", "febr", "şubat", "şub":
		return 2
	case "mar", "march", "märz", "maerz", "mär", "mrz", "mars", "marzo", "março", "maart", "mrt",
		"marca", "marzec", "марта", "март", "мар", "μάρ", "μαρ", "μαρτίου", "március", "márc", "mart":
		return 3
	case "apr", "april", "avril", "avr", "abril", "abr", "aprile",
		"kwietnia", "kwiecień", "kwi", "апреля", "апрель", "апр", "απρ", "απριλίου", "április", "ápr", "nisan", "nis":
		return 4
	case "may", "mai", "mayo", "maggio", "mag", "maio", "mei", "maj",
		"maja", "мая", "май", "μαϊ", "μάι", "μαΐ", "μαΐου", "május", "máj", "mayıs":
		return 5
	case "jun", "june", "juni", "juin", "junio", "giugno", "giu", "junho",
		"czerwca", "czerwiec", "cze", "июня", "июнь", "июн", "ιούν", "ιουν", "ιουνίου", "június", "jún", "haziran", "haz":
		return 6
	case "jul", "july", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho",
		"lipca", "lipiec", "lip", "июля", "июль", "июл", "ιούλ", "ιουλ", "ιουλίου", "július", "júl", "temmuz", "tem":
		return 7
	case "aug", "august", "août", "aout", "agosto", "ago", "augustus", "augusti",
		"sierpnia", "sierpień", "sie", "августа", "август", "авг", "αύγ", "αυγ", "αυγούστου", "augusztus", "ağustos", "ağu":
		return 8
	case "sep", "sept", "september", "septembre", "septiembre", "settembre", "set", "setembro",
		"września", "wrzesień", "wrz", "сентября", "сентябрь", "сен", "сент", "σεπ", "σεπτεμβρίου", "szeptember", "szept", "eylül", "eyl":
		return 9
	case "oct", "october", "okt", "oktober", "octobre", "octubre", "ottobre", "ott", "outubro", "out",
		"października", "październik", "paź", "октября", "октябрь", "окт", "οκτ", "οκτωβρίου", "október", "ekim", "eki":
		return 10
	case "nov", "november", "novembre", "noviembre", "novembro",
		"listopada", "listopad", "lis", "ноября", "ноябрь", "ноя", "нояб", "νοέ", "νοε", "νοεμβρίου", "kasım", "kas":
		return 11
	case "dec", "december", "dez", "dezember", "décembre", "déc", "decembre", "diciembre", "dic", "dicembre", "dezembro",
		"grudnia", "grudzień", "gru", "декабря", "декабрь", "дек", "δεκ", "δεκεμβρίου", "aralık", "ara":
		return 12
	}
	return 0
}

// zoneByName is the offset of a zone's name, in upper case, in seconds east of
// UTC. Names with several meanings are not known, but for those that RFC 822
// gives to North America. The single letters of RFC 822 are UTC, because it got
// their signs wrong (RFC 5322 §4.3).
func zoneByName(name string) (offset int, known bool) {
	const h = 3600
	switch name {
	case "Z", "UT", "UTC", "GMT", "WET", "ZULU", "UCT", "GMT/UTC":
		return 0, true
	case "BST", "CET", "MET", "MEZ", "WEST":
		return h, true
	case "CEST", "MEST", "MESZ", "EET", "SAST", "CAT":
		return 2 * h, true
	case "EEST", "MSK", "EAT", "TRT", "FET":
		return 3 * h, true
	case "MSD", "SAMT", "AZT":
		return 4 * h, true
	case "PKT", "YEKT", "UZT":
		return 5 * h, true
	case "NPT":
		return 5*h + 45*60, true
	case "OMST", "NOVT":
		return 6 * h, true
	case "WIB", "ICT", "KRAT":
		return 7 * h, true
	case "HKT", "SGT", "AWST", "PHT", "WITA", "MYT", "IRKT":
		return 8 * h, true
	case "JST", "KST", "WIT", "YAKT":
		return 9 * h, true
	case "ACST":
		return 9*h + 1800, true
	case "ACDT":
		return 10*h + 1800, true
	case "AEST", "VLAT", "CHST":
		return 10 * h, true
	case "AEDT":
		return 11 * h, true
	case "NZST":
		return 12 * h, true
	case "NZDT":
		return 13 * h, true
	case "NST":
		return -(3*h + 1800), true
	case "NDT":
		return -(2*h + 1800), true
	case "BRT", "ART", "ADT", "UYT", "CLST":
		return -3 * h, true
	case "AST", "EDT", "CLT", "VET", "BOT":
		return -4 * h, true
	case "EST", "CDT", "PET", "COT":
		return -5 * h, true
	case "CST", "MDT":
		return -6 * h, true
	case "MST", "PDT":
		return -7 * h, true
	case "PST", "AKDT":
		return -8 * h, true
	case "AKST", "HDT":
		return -9 * h, true
	case "HST":
		return -10 * h, true
	}
	if len(name) == 1 && 'A' <= name[0] && name[0] <= 'Y' && name[0] != 'J' && name[0] != 'T' && name[0] != 'H' {
		return 0, true
	}
	return 0, false
}
