// SPDX-License-Identifier: Apache-2.0
//! The TMP105 driver of ../tmp105 in Rust; see tmp105.c for the reasons.

#![no_std]
#![no_main]

#[path = "../../../sdk/rust/wasmio.rs"]
#[macro_use]
mod wasmio;

use wasmio::{Error, I2cDevice, Point};

wasmio_config!(env!("WASMIO_CONFIG_FILE"));

const TEMPERATURE: u8 = 0x00; // SLLS648D, table 2
const CONFIGURATION: u8 = 0x01;
const R1_R0: u8 = 0x60; // 12 bits
const SETTLE_POLLS: u32 = 3; // 300 ms, a 12-bit conversion

struct Driver {
    sensor: I2cDevice,
    temperature: Point,
    suspect: bool,
    failing: bool,
    settling: u32,
}

static mut DRIVER: Driver = Driver {
    sensor: I2cDevice::NONE,
    temperature: Point::NONE,
    suspect: true,
    failing: false,
    settling: 0,
};

/// A container has one thread and entries do not nest, so that this is the
/// only reference while it lives.
fn driver() -> &'static mut Driver {
    unsafe { &mut DRIVER }
}

impl Driver {
    fn check_resolution(&mut self) -> Result<(), Error> {
        let mut config = [0u8];
        self.sensor.write_read(&[CONFIGURATION], &mut config)?;
        if config[0] & R1_R0 != R1_R0 {
            self.sensor.write(&[CONFIGURATION, config[0] | R1_R0])?;
            self.settling = SETTLE_POLLS;
        }
        self.suspect = false;
        Ok(())
    }

    fn read_temperature(&mut self) -> Result<i32, Error> {
        if self.suspect {
            self.check_resolution()?;
        }
        if self.settling > 0 {
            return Err(wasmio::ERR_WOULD_BLOCK);
        }
        let mut raw = [0u8; 2];
        self.sensor.write_read(&[TEMPERATURE], &mut raw)?;
        // Sixteenths of a degree, left-justified: 62.5 thousandths each.
        Ok((i16::from_be_bytes(raw) >> 4) as i32 * 125 / 2)
    }

    fn measure(&mut self) -> Result<i32, Error> {
        let result = self.read_temperature();
        if let Err(code) = result {
            if code != wasmio::ERR_WOULD_BLOCK {
                self.suspect = true;
            }
        }
        result
    }

    fn say(&mut self, failed: bool) {
        if failed && !self.failing {
            wasmio::log(wasmio::LOG_WARN, "sensor does not answer");
        } else if !failed && self.failing {
            wasmio::log(wasmio::LOG_INFO, "sensor answers again");
        }
        self.failing = failed;
    }
}

#[export_name = "wasmio-init"]
pub extern "C" fn init() -> i32 {
    let d = driver();
    match (I2cDevice::open("sensor"), Point::open("temperature")) {
        (Ok(sensor), Ok(temperature)) => {
            d.sensor = sensor;
            d.temperature = temperature;
            0
        }
        _ => wasmio::ERR_NO_DEVICE,
    }
}

#[export_name = "poll"]
pub extern "C" fn poll() {
    let d = driver();
    d.settling = d.settling.saturating_sub(1);
    match d.measure() {
        Ok(mc) => {
            d.say(false);
            let _ = d.temperature.set(mc);
        }
        Err(wasmio::ERR_WOULD_BLOCK) => {}
        Err(code) => {
            d.say(true);
            let _ = d.temperature.set_bad(code);
        }
    }
}

#[export_name = "read-now"]
pub extern "C" fn read_now() -> i64 {
    match driver().measure() {
        Ok(mc) => mc as u32 as i64,
        Err(code) => code as i64,
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
