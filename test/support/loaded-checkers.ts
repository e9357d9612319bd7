/**
 * What a perspective loads when the first check needs it. Loading takes real time, in which virtual time would run to the
 * deadline of that check.
 */
import '../../services/perspective/check-adn.ts';
import '../../services/perspective/check-contacts.ts';
import '../../services/perspective/check-tls-alpn.ts';
import '../../services/perspective/http-over-ipv4.ts';
import '../../services/perspective/look-nearby.ts';
