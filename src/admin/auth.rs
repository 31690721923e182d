//! Who may ask for what: bearer tokens, and the two roles they stand for.
//!
//! Without a token set nobody is asked for one: then the listener is a loopback one, which the settings see to. With
//! one set every request needs one. Tokens are kept and compared as digests, in constant time, so that neither their
//! length nor how much of a guess was right shows in how long an answer takes.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::http::{HeaderMap, Method, header};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

/// The tokens of one listener. All copies are one: other tokens hold for all of them at once.
#[derive(Clone, Default)]
pub struct Tokens(Arc<ArcSwap<Known>>);

/// As digests.
#[derive(Default)]
struct Known {
    operator: Option<Digest>,
    viewer: Option<Digest>,
}

type Digest = [u8; 32];

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Operator,
    /// See.
    Viewer,
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// It has no token.
    NoToken,
    /// It has one that is not ours, or none in a form we know.
    WrongToken,
    /// Its token is one to see with.
    NotAllowed,
}

impl Tokens {
    pub fn new(operator: Option<&str>, viewer: Option<&str>) -> Tokens {
        let tokens = Tokens::default();
        tokens.replace(operator, viewer);
        tokens
    }

    /// These hold from now on, in place of those before.
    pub fn replace(&self, operator: Option<&str>, viewer: Option<&str>) {
        self.0.store(Arc::new(Known { operator: operator.map(digest), viewer: viewer.map(digest) }));
    }

    /// Whether anybody is asked for one.
    pub fn any(&self) -> bool {
        self.0.load().any()
    }

    /// Whether a request with these headers may be made by this method.
    pub fn admit(&self, method: &Method, headers: &HeaderMap) -> Result<Role, Denied> {
        self.0.load().admit(method, headers)
    }
}

impl Known {
    const fn any(&self) -> bool {
        self.operator.is_some() || self.viewer.is_some()
    }

    fn admit(&self, method: &Method, headers: &HeaderMap) -> Result<Role, Denied> {
        if !self.any() {
            return Ok(Role::Operator);
        }
        let sees = method == Method::GET || method == Method::HEAD;
        match self.role(headers)? {
            Role::Viewer if !sees => Err(Denied::NotAllowed),
            role => Ok(role),
        }
    }

    fn role(&self, headers: &HeaderMap) -> Result<Role, Denied> {
        let mut fields = headers.get_all(header::AUTHORIZATION).iter();
        let Some(field) = fields.next() else { return Err(Denied::NoToken) };
        let token = bearer(field.as_bytes()).filter(|_| fields.next().is_none()).ok_or(Denied::WrongToken)?;
        let given = digest(token);
        let fits = |own: &Option<Digest>| own.as_ref().map_or(Choice::from(0), |own| own.ct_eq(&given));
        // Both are looked at, whatever the first says.
        match (bool::from(fits(&self.operator)), bool::from(fits(&self.viewer))) {
            (true, _) => Ok(Role::Operator),
            (_, true) => Ok(Role::Viewer),
            _ => Err(Denied::WrongToken),
        }
    }
}

fn digest(token: impl AsRef<[u8]>) -> Digest {
    Sha256::digest(token.as_ref()).into()
}

/// `Bearer TOKEN`, the first word in any case.
fn bearer(field: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = field.split_at_checked("bearer ".len())?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: (Option<&str>, Option<&str>) = (Some("captain"), Some("guest"));

    fn admitted(
        tokens: (Option<&str>, Option<&str>),
        method: Method,
        fields: &[&str],
    ) -> Result<Role, Denied> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(header::AUTHORIZATION, field.parse().unwrap());
        }
        Tokens::new(tokens.0, tokens.1).admit(&method, &headers)
    }

    #[test]
    fn where_no_token_is_set_nobody_is_asked_for_one() {
        assert_eq!(admitted((None, None), Method::POST, &[]), Ok(Role::Operator));
        assert_eq!(admitted((None, None), Method::GET, &["Bearer x"]), Ok(Role::Operator));
    }

    #[test]
    fn where_one_is_set_every_request_needs_one_that_is_ours() {
        use Denied::{NoToken, NotAllowed, WrongToken};
        use Role::{Operator, Viewer};
        for (method, fields, expected) in [
            (Method::POST, &["Bearer captain"][..], Ok(Operator)),
            (Method::GET, &["bearer  captain "], Ok(Operator)),
            (Method::GET, &["BEARER guest"], Ok(Viewer)),
            (Method::HEAD, &["Bearer guest"], Ok(Viewer)),
            (Method::POST, &["Bearer guest"], Err(NotAllowed)),
            (Method::DELETE, &["Bearer guest"], Err(NotAllowed)),
            (Method::GET, &[], Err(NoToken)),
            (Method::GET, &["Bearer "], Err(WrongToken)),
            (Method::GET, &["Bearer"], Err(WrongToken)),
            (Method::GET, &["Basic captain"], Err(WrongToken)),
            (Method::GET, &["captain"], Err(WrongToken)),
            (Method::GET, &["Bearer captai"], Err(WrongToken)),
            (Method::GET, &["Bearer captain1"], Err(WrongToken)),
            (Method::POST, &["Bearer captain", "Bearer captain"], Err(WrongToken)),
        ] {
            assert_eq!(admitted(BOTH, method.clone(), fields), expected, "{method} {fields:?}");
        }
    }

    #[test]
    fn tokens_that_are_replaced_hold_for_every_copy_at_once() {
        let tokens = Tokens::new(Some("captain"), None);
        let copy = tokens.clone();
        tokens.replace(Some("admiral"), None);
        let asked = |token: &str| {
            let value = format!("Bearer {token}").parse().unwrap();
            copy.admit(&Method::POST, &HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
        };
        assert_eq!((asked("admiral"), asked("captain")), (Ok(Role::Operator), Err(Denied::WrongToken)));
    }

    #[test]
    fn a_role_without_a_token_is_nobodys() {
        assert_eq!(admitted((None, Some("guest")), Method::POST, &["Bearer "]), Err(Denied::WrongToken));
        assert_eq!(
            admitted((Some("captain"), None), Method::GET, &["Bearer guest"]),
            Err(Denied::WrongToken)
        );
    }
}
