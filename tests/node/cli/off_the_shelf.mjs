// Gives documents to a verifier that knows nothing of this project.  Lines of base64 in, lines of JSON out:
// what the verifier said of the whole, and of each proof.  Run where its packages are installed.
import {createInterface} from 'node:readline';
import jsigs from 'jsonld-signatures';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';

// The did:key method needs no network: the key is in the name.
async function documentLoader(url) {
  const [did, fragment] = url.split('#');
  if(!did.startsWith('did:key:')) {
    throw new Error(`nothing is fetched, and ${url} was asked for`);
  }
  const key = did.slice('did:key:'.length);
  const method = {
    '@context': 'https://w3id.org/security/multikey/v1',
    id: `${did}#${key}`,
    type: 'Multikey',
    controller: did,
    publicKeyMultibase: key
  };
  const controller = {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    verificationMethod: [method],
    assertionMethod: [method.id]
  };
  return {contextUrl: null, documentUrl: url, document: fragment ? method : controller};
}

async function verdict(bytes) {
  let document;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    return {parsed: false, verified: false, proofs: []};
  }
  const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
  const purpose = new jsigs.purposes.AssertionProofPurpose();
  const {verified, results} = await jsigs.verify(document, {suite, purpose, documentLoader});
  return {parsed: true, verified, proofs: (results ?? []).map(result => result.verified)};
}

for await (const line of createInterface({input: process.stdin})) {
  console.log(JSON.stringify(await verdict(Buffer.from(line, 'base64'))));
}
