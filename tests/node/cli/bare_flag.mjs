// Reads lines of "POSITION BYTE" from standard input, changes that one byte of the file named, and asks an
// off-the-shelf verifier for nothing but its flag.  Prints, as JSON, how many changes were JSON still, and
// those that were accepted; and first of all what the flag is of the file as it is.
import {readFileSync} from 'node:fs';
import jsigs from 'jsonld-signatures';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';

async function documentLoader(url) {
  const [controller, fragment] = url.split('#');
  const key = controller.slice('did:key:'.length), id = `${controller}#${key}`;
  const method = {'@context': 'https://w3id.org/security/multikey/v1', id, type: 'Multikey', controller, publicKeyMultibase: key};
  const listed = {'@context': 'https://www.w3.org/ns/did/v1', id: controller, verificationMethod: [method], assertionMethod: [id]};
  return {contextUrl: null, documentUrl: url, document: fragment ? method : listed};
}

async function flag(bytes) {
  let document;
  try {
    // As most programs read a file: what is no UTF-8 becomes U+FFFD, unseen.
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
  const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
  const purpose = new jsigs.purposes.AssertionProofPurpose();
  return (await jsigs.verify(document, {suite, purpose, documentLoader})).verified;
}

const bytes = readFileSync(process.argv[2]);
const whole = await flag(bytes), accepted = [];
let json = 0;
for(const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const [place, value] = line.split(' ').map(Number), was = bytes[place];
  bytes[place] = value;
  const answer = await flag(bytes);
  bytes[place] = was;
  json += answer !== null;
  if(answer) {
    accepted.push([place, value]);
  }
}
console.log(JSON.stringify({whole, json, accepted}));
