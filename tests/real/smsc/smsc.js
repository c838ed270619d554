// An SMSC on node's smpp package, led by JSON lines: commands on stdin, events on stdout (written before the response goes out,
// so that what this SMSC accepted is known even when it is killed in the next moment).
//
//   node smsc.js PORT        (NODE_PATH names the folder that holds smpp)
//
// commands: {"do": "deliver", "id", "from", "to", "text" | "hex", "udh"?, "data_coding"?, "esm_class"?, "sequence"?, "tlvs"?}
//           {"do": "refuse", "times", "status"}   the next submits are refused with that status
//           {"do": "deaf"}                        submits are neither accepted nor answered from now on
//           {"do": "bytes", "hex"}                raw bytes to the bound client
//           {"do": "receipt", "to", "from", "text", "id", "state"}
//           {"do": "drop"}                        the connection is cut without a word
// events:   listening, bound, acked {id, status, sequence}, submit {from, to, text, udh, coding, message_id}, refused, ignored, unbound, closed, nack
'use strict';
const smpp = require('smpp');

const port = Number(process.argv[2]);
let bound = null;
let refusals = 0;
let refusalStatus = 0x58;
let deaf = false;
let accepted = 0;

function tell(event) {
  process.stdout.write(JSON.stringify({ ...event, at: Date.now() }) + '\n');
}

function words(message) {
  const body = message && message.message !== undefined ? message.message : message;
  return Buffer.isBuffer(body) ? { hex: body.toString('hex') } : { text: body };
}

function onSubmit(session, pdu) {
  if (deaf) {
    tell({ event: 'ignored', to: pdu.destination_addr });
    return;
  }
  if (refusals > 0) {
    refusals -= 1;
    tell({ event: 'refused', to: pdu.destination_addr });
    session.send(pdu.response({ command_status: refusalStatus }));
    return;
  }
  accepted += 1;
  const id = `${process.pid.toString(16)}-${accepted}`;
  const message = pdu.short_message;
  tell({
    event: 'submit',
    from: pdu.source_addr,
    to: pdu.destination_addr,
    coding: pdu.data_coding,
    esm_class: pdu.esm_class,
    registered: pdu.registered_delivery,
    udh: message && message.udh ? message.udh.map((part) => part.toString('hex')) : [],
    ...words(message),
    message_id: id,
  });
  session.send(pdu.response({ message_id: id }));
}

function onSession(session) {
  session.socket.setNoDelay(true);
  session.on('error', (error) => tell({ event: 'trouble', what: String(error.code || error.message) }));
  session.on('bind_transceiver', (pdu) => {
    bound = session;
    session.send(pdu.response({ system_id: 'node' }));
    tell({ event: 'bound', system_id: pdu.system_id });
  });
  session.on('submit_sm', (pdu) => onSubmit(session, pdu));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('generic_nack', (pdu) => tell({ event: 'nack', status: pdu.command_status }));
  session.on('unbind', (pdu) => {
    tell({ event: 'unbound' });
    session.send(pdu.response(), () => session.close());
  });
  session.on('close', () => {
    if (bound === session) bound = null;
    tell({ event: 'closed' });
  });
}

const doing = {
  deliver(command) {
    const body = command.hex !== undefined ? Buffer.from(command.hex, 'hex') : command.text;
    const pdu = new smpp.PDU('deliver_sm', {
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: command.from,
      destination_addr: command.to,
      esm_class: (command.esm_class || 0) | (command.udh ? 0x40 : 0),
      data_coding: command.data_coding === undefined ? 8 : command.data_coding,
      short_message: command.udh ? { udh: Buffer.from(command.udh, 'hex'), message: body } : body,
      ...(command.tlvs || {}),
    });
    if (command.sequence) pdu.sequence_number = command.sequence;
    const sent = bound && bound.send(pdu, (answer) => tell({
      event: 'acked', id: command.id, status: answer.command_status, sequence: pdu.sequence_number,
    }));
    if (!sent) tell({ event: 'undelivered', id: command.id });
  },
  refuse(command) {
    refusals = command.times;
    refusalStatus = command.status;
  },
  deaf() {
    deaf = true;
    tell({ event: 'deafened' });
  },
  bytes(command) {
    if (bound) bound.socket.write(Buffer.from(command.hex, 'hex'));
  },
  receipt(command) {
    bound.deliver_sm({
      source_addr: command.from, destination_addr: command.to, esm_class: 0x04, short_message: command.text,
      receipted_message_id: command.message_id, message_state: command.state,
    }, (answer) => tell({ event: 'acked', id: command.id, status: answer.command_status }));
  },
  drop() {
    if (bound) bound.destroy();
  },
};

process.stdin.setEncoding('utf8');
let rest = '';
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    const command = JSON.parse(line);
    doing[command.do](command);
  }
});
process.stdin.on('end', () => process.exit(0));

const server = smpp.createServer(onSession);
server.listen(port, '127.0.0.1', () => tell({ event: 'listening', port: server.address().port }));
