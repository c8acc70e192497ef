//! Journeys.

mod harness;

mod pools;
mod private_broker;
mod visits;
mod vonage_parse;
mod vonage_people;
mod vonage_render;
mod vonage_rest;
mod vonage_vendor;
mod vonage_verify;
