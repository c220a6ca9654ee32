// <cd-passkey>: in a form that asks for a secret, the same act by passkey. It asks the server for a challenge that is bound to the form as it
// is filled in, lets the browser's passkey answer, and sends the form. data-mode="door" signs in; data-mode="make" makes a new passkey.
// Without this file, or in a browser without passkeys, the password does everything; making a passkey needs both.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

class Refused extends Error {}

async function asked(address, fields) {
  const answer = await fetch(address, { method: "POST", body: fields, headers: { Accept: "application/json" } });
  if (answer.ok) return answer.json();
  const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : { why: "", remedy: "" };
  throw new Refused([said.why, said.remedy].filter(Boolean).join(" "));
}

async function proof(options) {
  const given = { ...options, challenge: bytes(options.challenge) };
  if (options.allowCredentials) given.allowCredentials = known(options.allowCredentials);
  const made = await navigator.credentials.get({ publicKey: given });
  return JSON.stringify({
    id: made.id, rawId: text(made.rawId), type: made.type,
    response: {
      clientDataJSON: text(made.response.clientDataJSON),
      authenticatorData: text(made.response.authenticatorData),
      signature: text(made.response.signature),
      ...(made.response.userHandle ? { userHandle: text(made.response.userHandle) } : {}),
    },
  });
}

async function newKey(options) {
  const given = {
    ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: known(options.excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey: given });
  const response = { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) };
  return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response });
}

class CdPasskey extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.line = this.querySelector("[role=status]");
    this.button = this.querySelector("button");
    const here = "PublicKeyCredential" in window && location.origin === this.dataset.origin;
    if (this.dataset.mode === "make") this.form.addEventListener("submit", (event) => this.make(event));
    if (!here) return this.absent();
    if (!this.button) return;
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.press());
  }

  absent() {
    this.line.textContent = location.origin === this.dataset.origin ? this.dataset.none : this.dataset.elsewhere;
    if (this.dataset.mode !== "make") return;
    for (const one of this.form.querySelectorAll("input, button:not([hidden])")) one.disabled = true;
  }

  // A form that lacks something else says so before a passkey is asked for.
  complete() {
    const secret = this.form.querySelector("input[name=secret]");
    if (secret) secret.required = false;
    const sound = this.form.reportValidity();
    if (secret) secret.required = true;
    return sound;
  }

  async press() {
    if (!this.complete()) return;
    await this.trying(async () => {
      const to = this.dataset.begin ?? new URL(this.form.action).pathname;
      const answer = await proof(await asked(this.dataset.ask, this.fields(to)));
      if (this.dataset.mode === "make") return this.begin(answer);
      this.form.elements.passkey.value = answer;
      HTMLFormElement.prototype.submit.call(this.form);
    });
  }

  fields(to) {
    const fields = new FormData(this.form);
    fields.delete("secret");
    if (this.dataset.mode !== "door") fields.set("passkey_for", to);
    return fields;
  }

  make(event) {
    event.preventDefault();
    this.trying(() => this.begin(""));
  }

  async begin(answer) {
    const fields = new FormData(this.form);
    if (answer) { fields.set("passkey", answer); fields.delete("secret"); }
    const made = await newKey(await asked(this.dataset.begin, fields));
    this.form.elements.answer.value = made;
    this.form.elements.secret.value = "";
    HTMLFormElement.prototype.submit.call(this.form);
  }

  async trying(act) {
    this.line.textContent = "";
    this.setAttribute("aria-busy", "true");
    try {
      await act();
    } catch (fault) {
      // The browser's own words would tell what the person knows: they closed its window, or no passkey fits.
      this.line.textContent = (fault instanceof Refused && fault.message) || this.dataset.failed;
    } finally {
      this.removeAttribute("aria-busy");
    }
  }
}

customElements.define("cd-passkey", CdPasskey);
